package verdict

// Reason is why there is no verdict from the upstream, or why a request was
// refused before it became a call.
type Reason uint8

// The faults: the upstream was asked, or could not be.
const (
	_                    Reason = iota
	Timeout                     // no answer within the budget, or within timeouts.upstream
	Unreachable                 // refused, reset before an answer, or no upstream available
	Truncated                   // the connection ended within the body
	TooLarge                    // longer than max_response
	Internal                    // a panic or an unexpected error behind the connector
	NoHandler                   // the route has no handler behind api_connector
	Redirect                    // 1xx or 3xx; never followed
	UpstreamUnauthorized        // 401, 407, or 403 without a text: our credentials there are wrong
	Contradiction               // action Continue under a status of 400 or above
	UnknownAction               // an action that no contract defines
	UpstreamError               // 5xx, or a SOAP fault of the server
	Overloaded                  // 408, 425, 429 from the upstream, or too many calls in flight here
	GatewayPage                 // HTML under 4xx: a proxy spoke, not the validator
	UpstreamRejected            // any other 4xx
	Unreadable                  // a 2xx whose body is no claims and no refusal
	Configured                  // a rule of the connector's own says so
)

// The refusals: what the caller sent is no call.
const (
	NoCredentials    Reason = iota + 64 // neither Basic credentials nor a client certificate
	WrongCredentials                    // credentials that no configured account or pin matches
	AuthBusy                            // too many slow password hashes at once
	Method                              // not a method of the protocol
	BodyTooLarge                        // longer than request.max_size
	Malformed                           // not one strict JSON object, or its like in the protocol
	UnsupportedType                     // a Content-Type or Content-Encoding that the protocol does not have
	SlowSender                          // the body did not arrive in time
)

var words = map[Reason]string{
	Timeout:              "timeout",
	Unreachable:          "unreachable",
	Truncated:            "truncated",
	TooLarge:             "too_large",
	Internal:             "internal",
	NoHandler:            "no_handler",
	Redirect:             "redirect",
	UpstreamUnauthorized: "upstream_unauthorized",
	Contradiction:        "contradiction",
	UnknownAction:        "unknown_action",
	UpstreamError:        "upstream_error",
	Overloaded:           "overloaded",
	GatewayPage:          "gateway_page",
	UpstreamRejected:     "upstream_rejected",
	Unreadable:           "unreadable",
	Configured:           "configured",

	NoCredentials:    "no_credentials",
	WrongCredentials: "wrong_credentials",
	AuthBusy:         "auth_busy",
	Method:           "method",
	BodyTooLarge:     "body_too_large",
	Malformed:        "malformed",
	UnsupportedType:  "unsupported_type",
	SlowSender:       "slow_sender",
}

// String is the reason's word.
func (r Reason) String() string { return words[r] }

// Faults lists every reason of a Fault.
func Faults() []Reason { return list(Timeout, Configured) }

// Refusals lists every reason for which a request is no call.
func Refusals() []Reason { return list(NoCredentials, SlowSender) }

func list(first, last Reason) []Reason {
	all := make([]Reason, 0, last-first+1)
	for r := first; r <= last; r++ {
		all = append(all, r)
	}
	return all
}
