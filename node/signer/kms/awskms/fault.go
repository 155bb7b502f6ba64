package awskms

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/econd/econd/node/signer"
	"github.com/econd/econd/node/signer/custody"
)

// errAnotherKey says that KMS used another key than was asked for.
var errAnotherKey = errors.New("another key")

// refusals are the kinds of error by which KMS says no, with what they mean here. Every other one is
// no answer: a throttled call, a key store or KMS itself that fails, credentials that ran out.
var refusals = map[string]string{
	"AccessDeniedException":               "no policy lets these credentials do it with this key and context",
	"AccessDenied":                        "no policy lets these credentials do it",
	"DisabledException":                   "the key is disabled",
	"KMSInvalidStateException":            "the key is disabled, or its deletion is scheduled",
	"NotFoundException":                   "there is no such key in this region and account",
	"InvalidCiphertextException":          "the data key was wrapped for another agent or economy, or is damaged",
	"IncorrectKeyException":               "the data key was wrapped under another key",
	"InvalidKeyUsageException":            "the key is for something else than encrypting",
	"InvalidArnException":                 "the name of the key is none",
	"InvalidGrantTokenException":          "the grant is none",
	"ValidationException":                 "the name of the key is none, or the data key is damaged",
	"UnrecognizedClientException":         "the access key is unknown to AWS",
	"InvalidClientTokenId":                "the access key is unknown to AWS",
	"InvalidSignatureException":           "the secret of the access key is wrong, or this machine's clock is",
	"SignatureDoesNotMatch":               "the secret of the access key is wrong",
	"IncompleteSignature":                 "the credentials are incomplete",
	"MissingAuthenticationToken":          "the credentials are incomplete",
	"OptInRequired":                       "the account does not use KMS in this region",
	"NotAuthorized":                       "these credentials may not do it",
	"UnsupportedOperationException":       "the key does not do it",
	"MissingAuthenticationTokenException": "the credentials are incomplete",
}

// What an answer's kind and id look like: nothing else of an answer is shown.
var (
	kinds = regexp.MustCompile(`^[A-Za-z]{1,64}$`)
	ids   = regexp.MustCompile(`^[0-9A-Za-z-]{1,64}$`)
)

// identified tells whether there are credentials; the SDK keeps and renews them.
func (s *Service) identified(ctx context.Context) error {
	if _, err := s.creds.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: there are no credentials of AWS now: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or give the machine a role", signer.ErrAway)
	}
	return nil
}

// fault makes a sentence of an error of the SDK, whose own text has URLs and messages.
func fault(doing, key string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: AWS KMS did not %s in time", signer.ErrAway, doing)
	}
	if errors.Is(err, errAnotherKey) {
		return fmt.Errorf("%w: AWS KMS did not %s by %s but by another key", custody.ErrDenied, doing, key)
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Errorf("%w: AWS KMS did not %s: it is out of reach, or its answer is none", signer.ErrAway, doing)
	}
	code, request := "an unknown kind of error", ""
	if kinds.MatchString(api.ErrorCode()) {
		code = api.ErrorCode()
	}
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) && ids.MatchString(answer.ServiceRequestID()) {
		request = ", request " + answer.ServiceRequestID()
	}
	if why, ok := refusals[code]; ok {
		return fmt.Errorf("%w: AWS KMS does not %s under %s: %s (%s%s)", custody.ErrDenied, doing, key, why, code, request)
	}
	return fmt.Errorf("%w: AWS KMS did not %s (%s%s)", signer.ErrAway, doing, code, request)
}
