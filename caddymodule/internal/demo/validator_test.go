package demo_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/demo"
)

func startValidator(t *testing.T) *demo.Validator {
	t.Helper()
	v, err := demo.StartValidator()
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, v.Close()) })
	return v
}

func post(ctx context.Context, t *testing.T, v *demo.Validator, loyaltyID string) (status int, contentType, body string, err error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+v.Address(), strings.NewReader(`{"email":"a@contoso.com","loyaltyId":"`+loyaltyID+`"}`))
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, response.Header.Get("Content-Type"), string(text), err
}

func TestDialects(t *testing.T) {
	t.Parallel()
	const unknown = "Loyalty ID '1234' is not associated with 'a@contoso.com' email address."
	for dialect, tc := range map[demo.Dialect]struct {
		status       int
		contentType  string
		no, never    string
		neverIsPlain bool
	}{
		demo.DialectJSON:    {409, "application/json", `{"version":"1.0.1","status":409,"userMessage":"` + unknown + `"}`, `{"code":"MEMBERSHIP_CLOSED","message":"The membership 9999`, false},
		demo.DialectProblem: {422, "application/problem+json", `"status":422,"detail":"` + unknown + `"}`, `"title":"The membership was closed."`, false},
		demo.DialectSOAP:    {500, "text/xml; charset=utf-8", `<faultstring>Loyalty ID &#39;1234&#39; is not`, "The membership 9999", true},
		demo.DialectPlain:   {400, "text/plain; charset=utf-8", unknown, "The membership 9999", true},
		demo.DialectHTML:    {500, "text/html; charset=utf-8", `System.NullReferenceException`, "The membership 9999", true},
	} {
		t.Run(string(dialect), func(t *testing.T) {
			t.Parallel()
			v := startValidator(t)
			require.NoError(t, v.Set(demo.Settings{Dialect: dialect, Fault: demo.FaultNone}))
			status, contentType, body, err := post(t.Context(), t, v, demo.UnknownLoyaltyID)
			require.NoError(t, err)
			assert.Equal(t, tc.status, status)
			assert.Equal(t, tc.contentType, contentType)
			assert.Contains(t, body, tc.no)
			status, contentType, body, err = post(t.Context(), t, v, demo.ClosedLoyaltyID)
			require.NoError(t, err)
			assert.Equal(t, http.StatusForbidden, status)
			assert.Contains(t, body, tc.never)
			assert.Equal(t, tc.neverIsPlain, contentType == "text/plain; charset=utf-8")
			status, _, body, err = post(t.Context(), t, v, "1")
			require.NoError(t, err)
			assert.Equal(t, http.StatusOK, status)
			assert.JSONEq(t, `{"promoCode":"24534"}`, body)
		})
	}
}

func TestFaultsAreReal(t *testing.T) {
	t.Parallel()
	v := startValidator(t)
	require.NoError(t, v.Set(demo.Settings{Dialect: demo.DialectJSON, Fault: demo.FaultRefuse}))
	_, _, _, err := post(t.Context(), t, v, "1")
	require.ErrorIs(t, err, syscall.ECONNREFUSED)

	require.NoError(t, v.Set(demo.Settings{Dialect: demo.DialectJSON, Fault: demo.FaultReset}))
	_, _, _, err = post(t.Context(), t, v, "1")
	require.Error(t, err)
	assert.True(t, errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF), "%v", err)

	require.NoError(t, v.Set(demo.Settings{Dialect: demo.DialectJSON, Fault: demo.FaultNone}))
	status, _, _, err := post(t.Context(), t, v, "1")
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status, "it is well again, at the same address")
}

func TestCallerWhoLeavesASlowValidatorIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	v := startValidator(t)
	require.NoError(t, v.Set(demo.Settings{Dialect: demo.DialectJSON, Fault: demo.FaultNone, Seconds: 30}))
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		v.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, "/", strings.NewReader(`{}`)))
	}()
	require.Eventually(t, func() bool { return v.Calls() == 1 }, waitFor, tick)
	leave()
	select {
	case <-ended:
	case <-time.After(waitFor):
		assert.Fail(t, "it goes on for nobody")
	}
}

func TestSettingsAreAClosedList(t *testing.T) {
	t.Parallel()
	v := startValidator(t)
	for name, s := range map[string]demo.Settings{
		"dialect": {Dialect: "cobol", Fault: demo.FaultNone},
		"delay":   {Dialect: demo.DialectJSON, Fault: demo.FaultNone, Seconds: 4},
		"fault":   {Dialect: demo.DialectJSON, Fault: "fire"},
		"nothing": {},
	} {
		assert.Error(t, v.Set(s), name)
	}
	assert.Equal(t, demo.Settings{Dialect: demo.DialectJSON, Fault: demo.FaultNone}, v.Settings(), "the default stands")
}
