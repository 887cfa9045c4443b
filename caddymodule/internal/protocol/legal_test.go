package protocol

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestLegalInAUserFlow(t *testing.T) {
	t.Parallel()
	attributes := map[Kind]Kind{KindContinue: KindContinue, KindBlock: KindBlock, KindInvalid: KindInvalid, KindHalt: KindHalt}
	for step, row := range map[Step]map[Kind]Kind{
		StepNone:       attributes,
		StepOther:      attributes,
		StepAttributes: attributes,
		StepFederation: {KindContinue: KindContinue, KindBlock: KindBlock, KindInvalid: KindBlock, KindHalt: KindHalt},
		// A block page is ignored there and the user would get in.
		StepToken: {KindContinue: KindContinue, KindBlock: KindHalt, KindInvalid: KindHalt, KindHalt: KindHalt},
	} {
		for verdictKind, want := range row {
			got := UserFlow{}.Legal(step, verdictKind)
			assert.Equal(t, want, got, "%s at %s", verdictKind, step)
			assert.Equal(t, got, UserFlow{}.Legal(step, got), "what is legal stays so")
		}
	}
}

func TestLegalInAPolicy(t *testing.T) {
	t.Parallel()
	for _, k := range []Kind{KindContinue, KindBlock, KindInvalid, KindHalt} {
		assert.Equal(t, k, CustomPolicy{}.Legal(StepNone, k))
	}
}

func TestFaultsByDefault(t *testing.T) {
	t.Parallel()
	for step, want := range map[Step]Kind{
		StepFederation: KindBlock, StepAttributes: KindInvalid, StepNone: KindInvalid, StepOther: KindInvalid, StepToken: KindHalt,
	} {
		assert.Equal(t, want, UserFlow{}.OnFault(step), step.String())
		assert.Equal(t, want, UserFlow{}.Legal(step, want), "the default is legal at %s", step)
	}
	refusal := CustomPolicy{}.OnFault(StepNone)
	assert.NotEqual(t, KindContinue, refusal, "nobody gets on unchecked")
	assert.Equal(t, 409, CustomPolicy{}.Write(refusal, Content{Message: "x"}).Status)
}

func TestAttempts(t *testing.T) {
	t.Parallel()
	assert.Equal(t, 5*time.Second, UserFlow{}.Attempt())
	assert.Equal(t, 10*time.Second, CustomPolicy{}.Attempt())
}

func TestDialectsByName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Dialect{"b2c_user_flow": UserFlow{}, "b2c_custom_policy": CustomPolicy{}} {
		d, found := ByName(name)
		assert.True(t, found)
		assert.Equal(t, want, d)
	}
	for _, name := range []string{"", "B2C_user_flow", "b2c_user_flow ", "entra"} {
		_, found := ByName(name)
		assert.False(t, found, "%q", name)
	}
}

func TestKindsByName(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]Kind{"continue": KindContinue, "block": KindBlock, "invalid": KindInvalid, "halt": KindHalt} {
		k, found := KindByName(word)
		assert.True(t, found, word)
		assert.Equal(t, want, k)
		assert.Equal(t, word, k.String())
	}
	for _, word := range []string{"", "refused", "Block", "fault"} {
		_, found := KindByName(word)
		assert.False(t, found, "on_fault cannot name %q", word)
	}
	assert.Equal(t, "refused", KindRefused.String())
}
