package demo_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/gatehouse-proxy/gatehouse/caddymodule/internal/demo"
)

func TestLoyaltyAnswersAsMicrosoftsPageAsks(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method, path, body string
		status             int
		answer             string
	}{
		"unknown loyalty id": {
			http.MethodPost, "/", `{"email":"david@contoso.com","language":"en-US","loyaltyId":"1234"}`,
			http.StatusConflict, `{"version":"1.0.1","status":409,"userMessage":"Loyalty ID '1234' is not associated with 'david@contoso.com' email address."}`,
		},
		"known loyalty id": {
			http.MethodPost, "/", `{"email":"david@contoso.com","loyaltyId":"1235"}`,
			http.StatusOK, `{"promoCode":"24534"}`,
		},
		"not JSON": {
			http.MethodPost, "/", `loyaltyId=1234`,
			http.StatusConflict, `{"version":"1.0.1","status":409,"userMessage":"The registration could not be read."}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var validator demo.Loyalty
			w := httptest.NewRecorder()
			validator.ServeHTTP(w, httptest.NewRequest(tc.method, tc.path, strings.NewReader(tc.body)))
			assert.Equal(t, tc.status, w.Code)
			assert.JSONEq(t, tc.answer, w.Body.String())

			count := httptest.NewRecorder()
			validator.ServeHTTP(count, httptest.NewRequest(http.MethodGet, "/calls", nil))
			assert.JSONEq(t, `{"calls":1}`, count.Body.String(), "asking for the count is no call")
		})
	}
}
