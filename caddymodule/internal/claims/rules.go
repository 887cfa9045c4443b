package claims

import (
	"errors"
	"fmt"
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
	Verbatim []string          // claims whose strings are left as sent: passwords
}

// Rules are a checked Config.
type Rules struct {
	aliases  map[string]string
	forwards map[string]string // by plain claim name
	back     map[string]string // by upstream name
	drop     map[string]bool   // by plain claim name
	verbatim map[string]bool   // by plain claim name
	keepCase bool
}

// NewRules checks a Config. The error names every problem and its remedy.
func NewRules(c Config) (*Rules, error) {
	r := &Rules{
		aliases:  c.Aliases,
		forwards: make(map[string]string, len(c.Renames)),
		back:     make(map[string]string, len(c.Renames)),
		drop:     make(map[string]bool, len(c.Drop)),
		verbatim: make(map[string]bool, len(c.Verbatim)),
		keepCase: c.KeepCase,
	}
	var problems []error
	for _, rn := range c.Renames {
		plain, _ := plainName(rn.Claim)
		switch {
		case rn.Claim == "" || rn.Upstream == "":
			problems = append(problems, errors.New("rename: both names are needed: rename <claim> <upstream name>"))
		case r.forwards[plain] != "":
			problems = append(problems, fmt.Errorf("rename %q: this claim is renamed twice; keep one of the lines", rn.Claim))
		case r.back[rn.Upstream] != "":
			problems = append(problems, fmt.Errorf("rename %q %q: another claim has this upstream name already; choose another", rn.Claim, rn.Upstream))
		default:
			r.forwards[plain] = rn.Upstream
			r.back[rn.Upstream] = rn.Claim
		}
	}
	for _, name := range c.Drop {
		plain, _ := plainName(name)
		if name == "" {
			problems = append(problems, errors.New("drop: a claim's name is empty; remove it"))
		} else if r.forwards[plain] != "" {
			problems = append(problems, fmt.Errorf("drop %q: this claim is also renamed; keep one of the two", name))
		}
		r.drop[plain] = true
	}
	for _, name := range c.Verbatim {
		plain, _ := plainName(name)
		r.verbatim[plain] = true
	}
	return r, errors.Join(problems...)
}

// Apply makes equal claims equal and gives them the upstream's names. appID is
// the application id found in the first extension claim, or "".
func (r *Rules) Apply(o Object) (normal Object, appID string) {
	members := make([]Member, 0, len(o.members))
	for _, m := range o.members {
		plain, id := plainName(m.Name)
		if appID == "" {
			appID = id
		}
		if isEmpty(m.Value) || r.drop[plain] {
			continue
		}
		if !r.verbatim[plain] {
			m.Value = normalValue(m.Value)
			if isEmpty(m.Value) { // it was only white space
				continue
			}
			if m.Name == "email" && !r.keepCase {
				m.Value = lowerDomain(m.Value)
			}
		}
		if target, found := r.aliases[m.Name]; found && !o.has(target) {
			if m.Name, plain = target, target; r.drop[plain] {
				continue
			}
		}
		if upstream, found := r.forwards[plain]; found {
			m.Name = upstream
		} else if claim, taken := r.back[m.Name]; taken && o.hasPlain(claim) {
			continue // the configured rename owns this name
		}
		members = append(members, m)
	}
	return firstOfEach(members), appID
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
			if _, id := plainName(claim); id == "" {
				claim = extensionPrefix + appID + "_" + rest
			}
		}
		members[i].Name = claim
	}
	return New(members...)
}

func (o Object) has(name string) bool {
	v, found := o.Lookup(name)
	return found && !isEmpty(v)
}

// hasPlain is has, with extension_X and extension_<id>_X as one name.
func (o Object) hasPlain(name string) bool {
	want, _ := plainName(name)
	return slices.ContainsFunc(o.members, func(m Member) bool {
		plain, _ := plainName(m.Name)
		return plain == want && !isEmpty(m.Value)
	})
}

// firstOfEach sorts members that Apply has renamed. Where two spellings of one
// claim met under one name, the first in the call's canonical order stays.
func firstOfEach(members []Member) Object {
	byName := func(a, b Member) int { return compareNames(a.Name, b.Name) }
	if !slices.IsSortedFunc(members, byName) {
		slices.SortStableFunc(members, byName)
	}
	return Object{slices.CompactFunc(members, func(a, b Member) bool { return a.Name == b.Name })}
}

func isEmpty(v jsontext.Value) bool {
	return len(v) == 2 && v[0] == '"' || len(v) == 4 && v[0] == 'n'
}

const (
	extensionPrefix = "extension_"
	appIDLength     = 32 // the hexadecimal digits of a GUID without its hyphens
)

// plainName takes the application id out of extension_<id>_X.
func plainName(name string) (plain, appID string) {
	rest, found := strings.CutPrefix(name, extensionPrefix)
	if !found || len(rest) < appIDLength+2 || rest[appIDLength] != '_' {
		return name, ""
	}
	for _, c := range []byte(rest[:appIDLength]) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return name, ""
		}
	}
	return extensionPrefix + rest[appIDLength+1:], rest[:appIDLength]
}
