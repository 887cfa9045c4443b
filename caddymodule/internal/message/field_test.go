package message

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHumanise(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]string{
		"":                     "",
		"$":                    "",
		"0":                    "",
		"__":                   "",
		"email":                "Email",
		"Email":                "Email",
		"postalCode":           "Postal code",
		"PostalCode":           "Postal code",
		"postal_code":          "Postal code",
		"postal-code":          "Postal code",
		"postal code":          "Postal code",
		"POSTAL_CODE":          "Postal code",
		"_postalCode":          "Postal code",
		"model.UserName":       "User name",
		"body.email":           "Email",
		"request.Email":        "Email",
		"$.age":                "Age",
		"$.user.firstName":     "First name",
		"#/age":                "Age",
		"#/profile/color":      "Color",
		"/data/attributes/zip": "Zip",
		"users.0.email":        "Email",
		"users[0].email":       "Email",
		"address[zip]":         "Zip",
		"tags.0":               "Tags",
		"tags[2]":              "Tags",
		"#/tags/2":             "Tags",
		"#/a~1b":               "A b",
		"ns:loyaltyNumber":     "Loyalty number",
		"URL":                  "URL",
		"URLPath":              "URL path",
		"homeURL":              "Home URL",
		"userID":               "User ID",
		"LoyaltyId":            "Loyalty id",
		"addressLine2":         "Address line 2",
		"address1":             "Address 1",
		"oauth2Token":          "Oauth2 token",
		"isAStudent":           "Is a student",
		"übergröße":            "Übergröße",
		"straßeNr":             "Straße nr",
		"名前":                   "名前",
		"extension_0123456789abcdef0123456789abcdef_LoyaltyId":   "Loyalty id",
		"extension_0123456789ABCDEF0123456789ABCDEF_postal_code": "Postal code",
		"extension_LoyaltyId": "Loyalty id",
		"extension_":          "Extension",
		"user.extension_0123456789abcdef0123456789abcdef_ZipCode": "Zip code",
		strings.Repeat("a", 65):                                   "",
		"\xff\xfe":                                                "",
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, want, Humanise(field))
		})
	}
}

func TestWithField(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ field, text, want string }{
		"predicate":                     {"email", "can't be blank", "Email can't be blank"},
		"predicate of a path":           {"#/age", "must be a positive integer", "Age must be a positive integer"},
		"predicate in another tongue":   {"plz", "ist ungültig", "Plz ist ungültig"},
		"predicate with accent":         {"nom", "être rempli", "Nom être rempli"},
		"starts with raw name":          {"email", "email must be an email", "email must be an email"},
		"starts with raw camel name":    {"postalCode", "postalCode must be a string", "postalCode must be a string"},
		"starts with raw path":          {"users.0.email", "users.0.email must be an email", "users.0.email must be an email"},
		"starts with humanised name":    {"postalCode", "postal code is wrong", "postal code is wrong"},
		"starts with article":           {"email", "the email field is required", "the email field is required"},
		"starts with its plural":        {"tag", "tags must be unique", "tags must be unique"},
		"starts with a longer word":     {"mail", "mailbox is full", "Mail mailbox is full"},
		"names it later":                {"password", "must not be the old password", "Password must not be the old password"},
		"sentence":                      {"postalCode", "Invalid value", "Postal code: Invalid value"},
		"sentence about something":      {"amount", "A valid integer is required.", "Amount: A valid integer is required."},
		"sentence that names it":        {"UserName", "The UserName field is required.", "The UserName field is required."},
		"names it humanised":            {"first_name", "Your First Name is too short.", "Your First Name is too short."},
		"names it without separators":   {"first_name", "The firstname is too short.", "The firstname is too short."},
		"names it with separators":      {"email", "E-mail already registered", "E-mail already registered"},
		"names it raw, with prefix":     {"model.UserName", "The UserName field is required.", "The UserName field is required."},
		"names it by its path":          {"users.0.email", "The users.0.email field is required.", "The users.0.email field is required."},
		"names it in quotes":            {"email", `"email" is required`, `"email" is required`},
		"names it in the plural":        {"password", "Passwords do not match.", "Passwords do not match."},
		"names only part of a word":     {"age", "The message is too long.", "Age: The message is too long."},
		"starts with a quoted value":    {"color", "'mauve' is no colour", "Color: 'mauve' is no colour"},
		"starts with a digit":           {"age", "18 or older", "Age: 18 or older"},
		"script without letter case":    {"postalCode", "必須項目です", "Postal code: 必須項目です"},
		"names it in that script":       {"名前", "名前 が必要です", "名前 が必要です"},
		"extension attribute":           {"extension_0123456789abcdef0123456789abcdef_LoyaltyId", "is unknown", "Loyalty id is unknown"},
		"no field":                      {"", "is wrong", "is wrong"},
		"field without a letter":        {"0", "is wrong", "is wrong"},
		"no text":                       {"email", "", ""},
		"invalid UTF-8 in either":       {"em\xffail", "\xff", "Em ail: \xff"},
		"field longer than the text":    {"emailAddress", "email", "Email address email"},
		"plural at the end of text":     {"tag", "Too many tags", "Too many tags"},
		"at the end, after punctuation": {"tag", "Unknown (tag)", "Unknown (tag)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, WithField(tt.field, tt.text))
		})
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		texts []string
		want  string
	}{
		"none":         {nil, ""},
		"one":          {[]string{"A."}, "A."},
		"in order":     {[]string{"B.", "A."}, "B. A."},
		"each once":    {[]string{"A.", "B.", "A."}, "A. B."},
		"empty ones":   {[]string{"", "A.", ""}, "A."},
		"letter cases": {[]string{"a", "A"}, "a A"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, Join(tt.texts))
		})
	}
}

// FuzzWithField asserts that naming the field twice changes nothing, whatever
// the upstream calls it, and that the message is never lost.
func FuzzWithField(f *testing.F) {
	f.Add("postalCode", "can't be blank")
	f.Add("users.0.email", "Invalid value")
	f.Add("\xff", "ß")
	f.Fuzz(func(t *testing.T, field, text string) {
		once := WithField(field, text)
		assert.True(t, strings.HasSuffix(once, text), "%q", once)
		assert.Equal(t, once, WithField(field, once))
	})
}
