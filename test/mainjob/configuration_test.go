package mainjob_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/test/gatehouse"
)

// complete is a configuration that is valid as long as directives is.
func complete(directives string) string {
	return `{
	admin off
	auto_https off
}
http://localhost:8080 {
	api_connector {
		` + directives + `
	}
	reverse_proxy 127.0.0.1:9000
}
`
}

func TestBrokenConfigurationsAreRefused(t *testing.T) {
	t.Parallel()
	const account = "auth {\n basic b2c plain:" + secret + "\n}\n"
	// All of it is a secret of somebody's: no error may repeat it.
	const hidden = "hunter2-hunter2"
	for name, c := range map[string]struct {
		directives string
		quoted     []string // words of the value and of the remedy
	}{
		"no auth":                       {"", []string{"auth { basic <username> <credential> }", "unsafe_none"}},
		"an empty auth":                 {"auth {\n}", []string{"unsafe_none"}},
		"unsafe_none beside an account": {"auth {\n unsafe_none\n basic b2c plain:" + secret + "\n}", []string{"unsafe_none", "remove one or the other"}},
		"a bare password":               {"auth {\n basic b2c " + hidden + "\n}", []string{`"b2c"`, "a bare password is refused", "gatehouse connector secret"}},
		"a weak plain secret":           {"auth {\n basic b2c plain:" + hidden + "\n}", []string{`"b2c"`, "too short", "at least 16 characters"}},
		"a placeholder without a value": {"auth {\n basic b2c {env.NO_SUCH_SECRET}\n}", []string{`"b2c"`, "env.NO_SUCH_SECRET", "set the variable"}},
		"a file that does not exist":    {"auth {\n basic b2c {file./nonexistent/secret}\n}", []string{`"b2c"`, "/nonexistent/secret"}},
		"a short digest":                {"auth {\n basic b2c sha256:abcdef\n}", []string{"exactly 64 hex digits"}},
		"a digest of nothing":           {"auth {\n basic b2c sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n}", []string{"empty secret"}},
		"a hash that lost its end":      {"auth {\n basic b2c $2a$14$abcdefghijk\n}", []string{`"b2c"`, "bcrypt hash is malformed"}},
		"a username with a colon":       {"auth {\n basic b2c:x plain:" + secret + "\n}", []string{`"b2c:x"`}},
		"one argument of two":           {"auth {\n basic b2c\n}", []string{"basic"}},
		"a space within a credential":   {"auth {\n basic b2c plain: " + hidden + "\n}", []string{"basic"}},
		"a broken thumbprint":           {"auth {\n client_certificate {\n thumbprint 12:34\n}\n}", []string{`"12:34"`, "64 hex digits", "openssl x509"}},
		"the thumbprint of nothing":     {"auth {\n client_certificate {\n thumbprint e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n}\n}", []string{"e3b0c442", "no certificate at all"}},
		"no thumbprint":                 {"auth {\n client_certificate {\n}\n}", []string{"no thumbprints"}},
		"an unknown protocol":           {account + "protocol b2c_userflow", []string{`"b2c_userflow"`, "b2c_user_flow or b2c_custom_policy"}},
		"an unknown word":               {account + "timeout 5s", []string{`"timeout"`, "timeouts"}},
		"an unknown word in a block":    {account + "request {\n max_length 5KB\n}", []string{`"max_length"`, "max_size"}},
		"a name twice":                  {account + "name a\nname b", []string{"name", "twice"}},
		"no duration":                   {account + "timeouts {\n attempt soon\n}", []string{`"soon"`, "5s"}},
		"a negative duration":           {account + "timeouts {\n attempt -5s\n}", []string{`"-5s"`, "5s"}},
		"no attempts":                   {account + "timeouts {\n attempts 0\n}", []string{`"0"`, "above 0"}},
		"no size":                       {account + "max_response plenty", []string{`"plenty"`, "64KiB"}},
		"cache on":                      {account + "cache on", []string{`"on"`, "cache off"}},
		"a ttl of faults":               {account + "cache {\n ttl fault 5s\n}", []string{`"fault"`, "never remembered"}},
		"an unknown kind on fault":      {account + "on_fault retry", []string{`"retry"`, "block, invalid, continue or halt"}},
		"an unknown step on fault":      {account + "on_fault PreToken block", []string{`"PreToken"`, "PreTokenIssuance"}},
		"a fault set twice":             {account + "on_fault block\non_fault halt", []string{"twice"}},
		"credentials to the upstream":   {account + "request {\n forward_header authorization\n}", []string{`"authorization"`, "remove it"}},
		"a header that Caddy drops":     {account + "request {\n forward_header x_tenant\n}", []string{`"x_tenant"`, "another name"}},
		"a claim renamed twice":         {account + "request {\n rename a b\n rename a c\n}", []string{`"a"`, "twice"}},
		"two claims of one name":        {account + "request {\n rename a b\n rename c b\n}", []string{`"c"`, "choose another"}},
		"a message with markup":         {account + "messages {\n fault \"<b>Sorry</b>\"\n}", []string{"<b>Sorry</b>", "without markup"}},
		"an argument too many":          {account + "name one two", []string{"name"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := gatehouse.Validate(t, complete(c.directives))
			assert.Equal(t, 1, result.Status, result.Output)
			// The log's JSON escapes quotes once more.
			message := strings.ReplaceAll(result.Output, `\"`, `"`)
			for _, words := range c.quoted {
				assert.Contains(t, message, words)
			}
			assert.NotContains(t, result.Output, hidden)
			assert.NotContains(t, result.Output, secret)
		})
	}
}

func TestAllProblemsAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	result := gatehouse.Validate(t, complete(`
		name signup
		protocol b2c
		auth {
			basic one plain:short
			basic two md5:x
		}
		on_fault sometimes
		request {
			forward_header Cookie
			rename a b
			rename a c
		}
`))
	assert.Equal(t, 1, result.Status)
	for _, words := range []string{"signup", "b2c", "one", "two", "sometimes", "Cookie", "twice"} {
		assert.Contains(t, result.Output, words)
	}
}

func TestCompleteConfigurationsAreValid(t *testing.T) {
	t.Parallel()
	for name, directives := range map[string]string{
		"the least": "auth {\n basic b2c plain:" + secret + "\n}",
		"open":      "auth {\n unsafe_none\n}",
		"everything": `
		name signup
		protocol b2c_user_flow
		auth {
			basic b2c plain:` + secret + `
			basic b2c sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a
			client_certificate {
				thumbprint 0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a 0A:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a:0a
			}
		}
		request {
			max_size 32KiB
			rename extension_LoyaltyId loyaltyId
			drop identities objectId
			keep_case
			forward_header X-Tenant
		}
		timeouts {
			attempt 4s
			attempts 3
			upstream 30s
		}
		cache {
			ttl 60s
			ttl block 10s
			max_entries 1000
			max_size 8MiB
		}
		messages {
			default "Something went wrong."
			block "You cannot sign up."
			invalid "Please check."
			fault "Try again."
		}
		on_fault block
		on_fault PreTokenIssuance continue
		max_response 32KiB`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := gatehouse.Validate(t, complete(directives))
			assert.Equal(t, 0, result.Status, result.Output)
			assert.Contains(t, result.Output, "Valid configuration")
		})
	}
}
