package claims

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Rename gives a claim the name by which the upstream knows it.
type Rename struct {
	Claim, Upstream string
}

// Config says how claims are normalised. Names match exactly, except that
// extension_X and extension_<32 hex digits>_X are one name: Microsoft's page says
// that the application id in it is optional.
type Config struct {
	Aliases  map[string]string // spellings of the protocol's own names; applied where the target is absent
	Renames  []Rename          // forwards on the way in, backwards on the way out
	Drop     []string          // claims that go no further
	KeepCase bool              // leave the domain of `email` as sent
	Secret   []string          // claims that hold secrets: left as sent, to the byte; letter case does not count
}

// Rules are a checked Config.
type Rules struct {
	aliases  map[string]string
	forwards map[plainName]string // a claim's upstream name
	back     map[string]string    // by upstream name
	drop     map[plainName]bool
	secret   []plainName
	spoken   sketch // of these names, but for those that only the upstream knows
	keepCase bool
}

// NewRules checks a Config. The error names every problem and its remedy.
func NewRules(c Config) (*Rules, error) {
	r := &Rules{
		aliases:  c.Aliases,
		forwards: make(map[plainName]string, len(c.Renames)),
		back:     make(map[string]string, len(c.Renames)),
		drop:     make(map[plainName]bool, len(c.Drop)),
		keepCase: c.KeepCase,
	}
	var problems []error
	for _, rn := range c.Renames {
		name, _ := plain(rn.Claim)
		switch {
		case rn.Claim == "" || rn.Upstream == "":
			problems = append(problems, errors.New("rename: both names are needed: rename <claim> <upstream name>"))
		case c.Aliases[rn.Claim] != "":
			problems = append(problems, fmt.Errorf("rename %q: this claim is read as %q; write that name", rn.Claim, c.Aliases[rn.Claim]))
		case r.forwards[name] != "":
			problems = append(problems, fmt.Errorf("rename %q: this claim is renamed twice; keep one of the lines", rn.Claim))
		case r.back[rn.Upstream] != "":
			problems = append(problems, fmt.Errorf("rename %q %q: another claim has this upstream name already; choose another", rn.Claim, rn.Upstream))
		default:
			r.forwards[name] = rn.Upstream
			r.back[rn.Upstream] = rn.Claim
		}
	}
	for _, claim := range c.Drop {
		name, _ := plain(claim)
		if claim == "" {
			problems = append(problems, errors.New("drop: a claim's name is empty; remove it"))
		} else if c.Aliases[claim] != "" {
			problems = append(problems, fmt.Errorf("drop %q: this claim is read as %q; write that name", claim, c.Aliases[claim]))
		} else if r.forwards[name] != "" {
			problems = append(problems, fmt.Errorf("drop %q: this claim is also renamed; keep one of the two", claim))
		}
		r.drop[name] = true
	}
	for _, claim := range c.Secret {
		name, _ := plain(claim)
		r.secret = append(r.secret, name)
		for alias, target := range c.Aliases {
			for one, other := range map[string]string{target: alias, alias: target} {
				if one == claim { // both spellings
					name, _ := plain(other)
					r.secret = append(r.secret, name)
				}
			}
		}
	}
	for name := range r.forwards {
		r.spoken.add(name)
	}
	for name := range r.drop {
		r.spoken.add(name)
	}
	for name := range r.aliases {
		name, _ := plain(name)
		r.spoken.add(name)
	}
	for _, name := range r.secret {
		r.spoken.add(name)
	}
	return r, errors.Join(problems...)
}

// Apply makes equal claims equal and gives them the upstream's names. appID is
// the application id found in the first extension claim, or "".
func (r *Rules) Apply(o Object) (normal Object, appID string) {
	said := o // under their own names, none empty; a copy only where one changes
	copied, renames := false, false
	for i, m := range o.members {
		name, id := plain(m.Name)
		if appID == "" {
			appID = id
		}
		value, stays := m.Value, !isEmpty(m.Value)
		secret := false
		if r.spoken.holds(name) {
			renames = renames || r.renames(m.Name, name)
			stays = stays && !r.drop[name] && !r.dropsAlias(m.Name)
			secret = r.isSecret(name)
		}
		if stays && !secret {
			value, stays = r.settle(m, o.normal)
		}
		if !copied && (!stays || !sameBytes(value, m.Value)) {
			said = Object{members: append(make([]Member, 0, len(o.members)), o.members[:i]...)}
			copied = true
		}
		if copied && stays {
			said.members = append(said.members, Member{m.Name, value})
		}
	}
	if renames {
		said = r.forward(said)
	}
	return said, appID
}

// settle is the value of a claim that is no secret as it goes on, and whether
// anything of it does.
func (r *Rules) settle(m Member, normal bool) (value jsontext.Value, stays bool) {
	value = m.Value
	if !normal {
		value = r.normalValue(value)
		if isEmpty(value) { // it was only white space
			return nil, false
		}
	}
	if m.Name == "email" && !r.keepCase {
		value = lowerDomain(value)
	}
	return value, true
}

// sameBytes reports whether two values are one: what changes none returns what it
// was given.
func sameBytes(a, b jsontext.Value) bool { return len(a) == len(b) && &a[0] == &b[0] }

// forward gives claims the upstream's names. A configured rename owns its name:
// a claim that is called so by chance gives way.
func (r *Rules) forward(o Object) Object {
	members := make([]Member, 0, len(o.members))
	for _, m := range o.members {
		if target, found := r.aliases[m.Name]; found && !o.has(target) {
			m.Name = target
		}
		name, _ := plain(m.Name)
		if upstream, found := r.forwards[name]; found {
			m.Name = upstream
		} else if claim, taken := r.back[m.Name]; taken && o.hasPlain(claim) {
			continue
		}
		members = append(members, m)
	}
	return firstOfEach(members)
}

// renames reports whether a name gets another one.
func (r *Rules) renames(name string, plain plainName) bool {
	return r.aliases[name] != "" || r.forwards[plain] != ""
}

// dropsAlias reports whether the claim is another spelling of one to drop.
func (r *Rules) dropsAlias(name string) bool {
	target, found := r.aliases[name]
	if !found {
		return false
	}
	settled, _ := plain(target)
	return r.drop[settled]
}

// Back gives claims that come from the upstream the names that the identity
// provider knows. A configured extension_X leaves with the application id that
// the call carried, if any.
func (r *Rules) Back(o Object, appID string) Object {
	if len(r.back) == 0 {
		return o
	}
	members := slices.Clone(o.members)
	for i, m := range members {
		claim, found := r.back[m.Name]
		if !found {
			continue
		}
		if rest, isExtension := strings.CutPrefix(claim, extensionPrefix); isExtension && appID != "" {
			if _, id := plain(claim); id == "" {
				claim = extensionPrefix + appID + "_" + rest
			}
		}
		members[i].Name = claim
	}
	return New(members...)
}

// HasSecret reports whether a claim that holds a secret is among them, at any
// depth.
func (r *Rules) HasSecret(o Object) bool {
	for _, m := range o.members {
		if name, _ := plain(m.Name); r.spoken.holds(name) && r.isSecret(name) || r.hasSecretWithin(m.Value) {
			return true
		}
	}
	return false
}

// Shown is the text of a claim that a message may show, under the provider's
// name; "" for one that is dropped, so that it tells no calls apart, or secret.
func (r *Rules) Shown(o Object, claim string) string {
	want, _ := plain(claim)
	if r.drop[want] || r.dropsAlias(claim) || r.isSecret(want) {
		return ""
	}
	for _, m := range o.members {
		if name, _ := plain(m.Name); name == want {
			return strings.Join(o.Texts(m.Name), ", ")
		}
	}
	return ""
}

// Secrets yields the texts that are secret in a call, at whatever depth: all that is
// said in a value that is secret.
func (r *Rules) Secrets(o Object) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, m := range o.members {
			name, _ := plain(m.Name)
			if !r.eachSecret(string(m.Value), r.isSecret(name), yield) {
				return
			}
		}
	}
}

// eachSecret looks at a value; within one that is secret, everything is. It reports
// false when yield has enough.
func (r *Rules) eachSecret(value string, secret bool, yield func(string) bool) bool {
	if open := value[0]; open == '{' || open == '[' {
		for pos := 1; pos < len(value)-1; pos++ { // from comma to comma
			within := secret
			if open == '{' {
				end := endOfString(value, pos)
				name, _ := Unquote(jsontext.Value(value[pos:end]))
				settled, _ := plain(name)
				within = secret || r.isSecret(settled)
				pos = end + 1
			}
			end := endOfValue(value, pos)
			if !r.eachSecret(value[pos:end], within, yield) {
				return false
			}
			pos = end
		}
		return true
	}
	if !secret {
		return true
	}
	if said, isString := Unquote(jsontext.Value(value)); isString {
		value = said
	}
	return yield(value)
}

// hasSecretWithin looks at the names in a nested value: strings before a colon.
func (r *Rules) hasSecretWithin(v jsontext.Value) bool {
	if v[0] != '{' && v[0] != '[' {
		return false
	}
	for i := 0; i < len(v); i++ {
		if v[i] != '"' {
			continue
		}
		end := endOfString(v, i)
		if end < len(v) && v[end] == ':' {
			text := string(v[i+1 : end-1])
			if containsEscape(text) {
				text, _ = Unquote(v[i:end])
			}
			if name, _ := plain(text); r.spoken.holds(name) && r.isSecret(name) {
				return true
			}
		}
		i = end - 1
	}
	return false
}

func (r *Rules) isSecret(name plainName) bool {
	for _, secret := range r.secret { // a closure would allocate for each claim
		if secret.extension == name.extension && strings.EqualFold(secret.rest, name.rest) {
			return true
		}
	}
	return false
}

func (o Object) has(name string) bool {
	_, found := o.Lookup(name)
	return found
}

// hasPlain is has, with extension_X and extension_<id>_X as one name.
func (o Object) hasPlain(name string) bool {
	want, _ := plain(name)
	return slices.ContainsFunc(o.members, func(m Member) bool {
		is, _ := plain(m.Name)
		return is == want
	})
}

// firstOfEach sorts members that Apply has renamed. Where two spellings of one
// claim met under one name, the first in the call's canonical order stays.
func firstOfEach(members []Member) Object {
	byName := func(a, b Member) int { return compareNames(a.Name, b.Name) }
	if !slices.IsSortedFunc(members, byName) {
		slices.SortStableFunc(members, byName)
	}
	return Object{members: slices.CompactFunc(members, func(a, b Member) bool { return a.Name == b.Name })}
}

func isEmpty(v jsontext.Value) bool {
	return len(v) == 2 && v[0] == '"' || len(v) == 4 && v[0] == 'n'
}

const (
	extensionPrefix = "extension_"
	appIDLength     = 32 // the hexadecimal digits of a GUID without its hyphens
)

// plainName is a claim's name without the application id: equal for extension_X
// and extension_<id>_X.
type plainName struct {
	extension bool
	rest      string
}

// plain takes the application id out of a name.
func plain(name string) (p plainName, appID string) {
	rest, extension := strings.CutPrefix(name, extensionPrefix)
	if !extension {
		return plainName{false, name}, ""
	}
	if len(rest) < appIDLength+2 || rest[appIDLength] != '_' {
		return plainName{true, rest}, ""
	}
	for _, c := range []byte(rest[:appIDLength]) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return plainName{true, rest}, ""
		}
	}
	return plainName{true, rest[appIDLength+1:]}, rest[:appIDLength]
}
