package claims

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const (
	someID  = "0123456789abcdef0123456789abcdef"
	otherID = "FEDCBA9876543210FEDCBA9876543210"
)

var spellings = map[string]string{"clientId": "client_id", "lastName": "surname"}

func TestApplyToNames(t *testing.T) {
	t.Parallel()
	loyalty := []Rename{{"extension_Loyalty", "loyalty"}}
	for name, tt := range map[string]struct {
		config   Config
		in, want string
	}{
		"other spellings":                             {Config{Aliases: spellings}, `{"clientId":"c","lastName":"l"}`, `{"client_id":"c","surname":"l"}`},
		"both spellings":                              {Config{Aliases: spellings}, `{"clientId":"c","client_id":"d"}`, `{"clientId":"c","client_id":"d"}`},
		"the documented spelling is empty":            {Config{Aliases: spellings}, `{"clientId":"c","client_id":""}`, `{"client_id":"c"}`},
		"the documented spelling is null":             {Config{Aliases: spellings}, `{"clientId":"c","client_id":null}`, `{"client_id":"c"}`},
		"the documented spelling is white space":      {Config{Aliases: spellings}, `{"clientId":"c","client_id":" "}`, `{"client_id":"c"}`},
		"the other spelling is empty":                 {Config{Aliases: spellings}, `{"clientId":"","client_id":"d"}`, `{"client_id":"d"}`},
		"renamed":                                     {Config{Renames: []Rename{{"a", "b"}}}, `{"a":1}`, `{"b":1}`},
		"renamed in exact case only":                  {Config{Renames: []Rename{{"a", "b"}}}, `{"A":1}`, `{"A":1}`},
		"renamed in another spelling":                 {Config{Aliases: spellings, Renames: []Rename{{"client_id", "app"}}}, `{"clientId":"c"}`, `{"app":"c"}`},
		"two that change places":                      {Config{Renames: []Rename{{"a", "b"}, {"b", "a"}}}, `{"a":1,"b":2}`, `{"a":2,"b":1}`},
		"a chain is one step":                         {Config{Renames: []Rename{{"a", "b"}, {"b", "c"}}}, `{"a":1,"b":2}`, `{"b":1,"c":2}`},
		"in canonical order after":                    {Config{Renames: []Rename{{"a", "z"}}}, `{"a":1,"b":2}`, `{"b":2,"z":1}`},
		"extension by its short name":                 {Config{Renames: loyalty}, `{"extension_Loyalty":1}`, `{"loyalty":1}`},
		"extension by its long name":                  {Config{Renames: loyalty}, `{"extension_` + someID + `_Loyalty":1}`, `{"loyalty":1}`},
		"configured long, sent short":                 {Config{Renames: []Rename{{"extension_" + someID + "_Loyalty", "loyalty"}}}, `{"extension_Loyalty":1}`, `{"loyalty":1}`},
		"31 digits are no application id":             {Config{Renames: loyalty}, `{"extension_` + someID[1:] + `_Loyalty":1}`, `{"extension_` + someID[1:] + `_Loyalty":1}`},
		"a letter that is no digit":                   {Config{Renames: loyalty}, `{"extension_` + someID[1:] + `g_Loyalty":1}`, `{"extension_` + someID[1:] + `g_Loyalty":1}`},
		"no name behind the id":                       {Config{Renames: loyalty}, `{"extension_` + someID + `_":1}`, `{"extension_` + someID + `_":1}`},
		"extension in exact case only":                {Config{Renames: loyalty}, `{"extension_loyalty":1}`, `{"extension_loyalty":1}`},
		"the upstream's name is taken":                {Config{Renames: []Rename{{"a", "b"}}}, `{"a":1,"b":2}`, `{"b":1}`},
		"taken, and the claim is empty":               {Config{Renames: []Rename{{"a", "b"}}}, `{"a":"","b":2}`, `{"b":2}`},
		"taken, and the claim is white space":         {Config{Renames: []Rename{{"a", "b"}}}, `{"a":" ","b":2}`, `{"b":2}`},
		"taken by an extension":                       {Config{Renames: loyalty}, `{"extension_` + someID + `_Loyalty":1,"loyalty":2}`, `{"loyalty":1}`},
		"two spellings meet":                          {Config{Renames: loyalty}, `{"extension_Loyalty":"short","extension_` + someID + `_Loyalty":"long"}`, `{"loyalty":"long"}`},
		"two spellings meet, the first is empty":      {Config{Renames: loyalty}, `{"extension_Loyalty":"short","extension_` + someID + `_Loyalty":" "}`, `{"loyalty":"short"}`},
		"dropped":                                     {Config{Drop: []string{"a"}}, `{"a":1,"b":2,"A":3}`, `{"A":3,"b":2}`},
		"dropped extension":                           {Config{Drop: []string{"extension_X"}}, `{"extension_X":1,"extension_` + someID + `_X":2,"extension_` + otherID + `_X":3}`, `{}`},
		"dropped extension by its long name":          {Config{Drop: []string{"extension_" + someID + "_X"}}, `{"extension_X":1,"extension_` + otherID + `_X":3}`, `{}`},
		"dropped in another spelling":                 {Config{Aliases: spellings, Drop: []string{"client_id"}}, `{"clientId":"c"}`, `{}`},
		"dropped in both spellings":                   {Config{Aliases: spellings, Drop: []string{"client_id"}}, `{"clientId":"c","client_id":"d"}`, `{}`},
		"secret extension":                            {Config{Secret: []string{"extension_P"}}, `{"extension_` + someID + `_P":" p "}`, `{"extension_` + someID + `_P":" p "}`},
		"secret stays so under another name":          {Config{Secret: []string{"a"}, Renames: []Rename{{"a", "b"}}}, `{"a":" e\u0301 "}`, "{\"b\":\" e\u0301 \"}"},
		"an alias never applies to a configured name": {Config{Renames: []Rename{{"a", "clientId"}}, Aliases: spellings}, `{"a":1}`, `{"clientId":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, applied(t, tt.config, tt.in))
		})
	}
}

func TestApplyFindsTheApplicationID(t *testing.T) {
	t.Parallel()
	rules, err := NewRules(Config{})
	require.NoError(t, err)
	for body, want := range map[string]string{
		`{}`:                                     "",
		`{"extension_X":1}`:                      "",
		`{"extension_Loyalty":1}`:                "",
		`{"a":1,"extension_` + someID + `_X":1}`: someID,
		`{"extension_` + otherID + `_X":1}`:      otherID,
		`{"extension_` + otherID + `_X":1,"extension_` + someID + `_A":1}`:      someID, // the first in canonical order
		`{"x_extension_` + otherID + `_X":1,"EXTENSION_` + someID + `_A":true}`: "",
	} {
		_, appID := rules.Apply(mustDecode(t, body))
		assert.Equal(t, want, appID, body)
	}
}

func TestBack(t *testing.T) {
	t.Parallel()
	config := Config{Renames: []Rename{{"city", "town"}, {"extension_Loyalty", "loyalty"}, {"extension_" + otherID + "_Own", "own"}}}
	rules, err := NewRules(config)
	require.NoError(t, err)
	for name, tt := range map[string]struct{ in, appID, want string }{
		"renamed":                        {`{"town":"x","zip":1}`, "", `{"city":"x","zip":1}`},
		"in exact case only":             {`{"Town":"x"}`, "", `{"Town":"x"}`},
		"extension without an id":        {`{"loyalty":1}`, "", `{"extension_Loyalty":1}`},
		"extension with the call's id":   {`{"loyalty":1}`, someID, `{"extension_` + someID + `_Loyalty":1}`},
		"extension with its own id":      {`{"own":1}`, someID, `{"extension_` + otherID + `_Own":1}`},
		"no claim of ours":               {`{"a":null,"extension_X":1}`, someID, `{"a":null,"extension_X":1}`},
		"nothing":                        {`{}`, someID, `{}`},
		"canonical order":                {`{"town":1,"a":2,"d":3}`, "", `{"a":2,"city":1,"d":3}`},
		"values are not normalised here": {`{"town":" X "}`, "", `{"city":" X "}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, tt.want, string(rules.Back(mustDecode(t, tt.in), tt.appID).Append(nil)))
		})
	}
}

// An upstream that returns a claim under the provider's name and under its own
// must not produce an answer that two parsers read in two ways.
func TestBackNeverGivesANameTwice(t *testing.T) {
	t.Parallel()
	rules, err := NewRules(Config{Renames: []Rename{{"city", "town"}, {"extension_L", "l"}}})
	require.NoError(t, err)
	for _, in := range []string{`{"city":1,"town":2}`, `{"extension_L":1,"l":2}`, `{"extension_` + someID + `_L":1,"l":2}`} {
		for _, appID := range []string{"", someID} {
			first := rules.Back(mustDecode(t, in), appID).Append(nil)
			assert.Equal(t, string(first), string(rules.Back(mustDecode(t, in), appID).Append(nil)), "the same each time")
			_, err := Decode(first)
			assert.NoError(t, err, "%s", first)
		}
	}
}

func TestBackUndoesWhatApplyRenamed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		claimNames := rapid.SliceOfNDistinct(rapid.StringMatching(`(extension_)?[a-f]{1,2}`), 0, 5, rapid.ID).Draw(t, "claims")
		var config Config
		body := "{"
		for i, name := range claimNames {
			config.Renames = append(config.Renames, Rename{name, "up_" + name})
			sent := name
			if rest, isExtension := strings.CutPrefix(name, "extension_"); isExtension {
				sent = "extension_" + someID + "_" + rest
			}
			if i > 0 {
				body += ","
			}
			body += `"` + sent + `":"` + name + `"`
		}
		rules, err := NewRules(config)
		require.NoError(t, err)
		sent := mustDecode(t, body+"}")
		upstream, appID := rules.Apply(sent)
		assert.Equal(t, sent.Len(), upstream.Len())
		for name := range upstream.All() {
			assert.True(t, strings.HasPrefix(name, "up_"), name)
		}
		assert.Equal(t, string(sent.Append(nil)), string(rules.Back(upstream, appID).Append(nil)))
	})
}

func TestNewRulesNamesEveryProblem(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		config Config
		want   []string
	}{
		"no claim":                   {Config{Renames: []Rename{{"", "b"}}}, []string{"rename <claim> <upstream name>"}},
		"no upstream name":           {Config{Renames: []Rename{{"a", ""}}}, []string{"rename <claim> <upstream name>"}},
		"a claim twice":              {Config{Renames: []Rename{{"a", "b"}, {"a", "c"}}}, []string{`rename "a"`, "twice"}},
		"an extension twice":         {Config{Renames: []Rename{{"extension_X", "b"}, {"extension_" + someID + "_X", "c"}}}, []string{"extension_" + someID + "_X", "twice"}},
		"an upstream name twice":     {Config{Renames: []Rename{{"a", "c"}, {"b", "c"}}}, []string{`rename "b" "c"`, "another"}},
		"an empty drop":              {Config{Drop: []string{""}}, []string{"drop", "empty"}},
		"renamed and dropped":        {Config{Renames: []Rename{{"a", "b"}}, Drop: []string{"a"}}, []string{`drop "a"`, "renamed"}},
		"extension renamed, dropped": {Config{Renames: []Rename{{"extension_X", "b"}}, Drop: []string{"extension_" + someID + "_X"}}, []string{"drop", "renamed"}},
		"all problems at once": {
			Config{Renames: []Rename{{"a", "b"}, {"a", "c"}, {"", "x"}, {"d", "b"}}, Drop: []string{"", "a"}},
			[]string{"twice", "both names", "another", "empty", "also renamed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewRules(tt.config)
			require.Error(t, err)
			for _, want := range tt.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
	_, err := NewRules(Config{})
	assert.NoError(t, err)
}

func TestHasSecret(t *testing.T) {
	t.Parallel()
	rules, err := NewRules(Config{Secret: []string{"password", "extension_Pin"}})
	require.NoError(t, err)
	for body, want := range map[string]bool{
		`{}`: false, `{"a":"password"}`: false, `{"o":{"password":"x"}}`: true, `{"passwords":"x"}`: false,
		`{"password":"x"}`: true, `{"Password":"x"}`: true, `{"PASSWORD":1}`: true,
		`{"extension_Pin":1}`: true, `{"extension_` + someID + `_pin":1}`: true,
	} {
		assert.Equal(t, want, rules.HasSecret(mustDecode(t, body)), body)
	}
}

func TestHasSecretAtAnyDepth(t *testing.T) {
	t.Parallel()
	rules, err := NewRules(Config{Secret: []string{"password", "extension_Pin"}})
	require.NoError(t, err)
	for body, want := range map[string]bool{
		`{"password":"x"}`: true, `{"PassWord":null}`: true, `{"a":{"b":[{"password":"x"}]}}`: true,
		`{"a":[{"pass\u0077ord":"x"}]}`: true, `{"a":{"extension_` + someID + `_Pin":1}}`: true,
		`{"a":"password"}`: false, `{"a":["password"]}`: false, `{"a":{"b":"password:"}}`: false, `{"passwords":1}`: false, `{}`: false,
	} {
		assert.Equal(t, want, rules.HasSecret(mustDecode(t, body)), body)
	}
}

func TestSecretsAtAnyDepth(t *testing.T) {
	t.Parallel()
	rules, err := NewRules(Config{Secret: []string{"password"}})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		body string
		want []string
	}{
		"at the top":                 {`{"a":"b","password":"horse"}`, []string{"horse"}},
		"as a number":                {`{"password":12345}`, []string{"12345"}},
		"escaped":                    {`{"password":"h\u00f6rse"}`, []string{"hörse"}},
		"with white space":           {`{"password":" correct  horse "}`, []string{" correct  horse "}},
		"within":                     {`{"a":{"b":[1,{"password":"horse"}]}}`, []string{"horse"}},
		"in a list":                  {`{"password":["battery","horse"]}`, []string{"battery", "horse"}},
		"a number in a list":         {`{"password":[1,{"a":[],"b":12345}]}`, []string{"1", "12345"}},
		"under a name of its own":    {`{"password":{"new":"horse"}}`, []string{"horse"}},
		"behind a name of its own":   {`{"password":[{"new":"x"},"horse"]}`, []string{"x", "horse"}},
		"another claim":              {`{"a":"battery"}`, nil},
		"another claim, behind":      {`{"a":[{"password":"horse"},"battery"]}`, []string{"horse"}},
		"another claim, beside":      {`{"a":{"b":"battery","password":"horse","z":"staple"}}`, []string{"horse"}},
		"another claim, empty lists": {`{"a":[],"b":{},"c":[[],{}],"password":[]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := mustDecode(t, c.body)
			assert.Equal(t, c.want, slices.Collect(rules.Secrets(o)))
			for first := range rules.Secrets(o) {
				assert.Equal(t, c.want[0], first)
				break
			}
		})
	}
}
