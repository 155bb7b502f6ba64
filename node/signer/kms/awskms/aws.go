// Package awskms is the key service of AWS, as node/signer/kms needs one: a data key is made by
// GenerateDataKey and opened by Decrypt, under a symmetric key of KMS, with an encryption context.
//
// Credentials are found as the SDK of AWS finds them: the environment, the profiles of the shared files,
// a role by web identity, of a container or of an instance. Calls are repeated, with growing
// pauses, where KMS is busy or fails. No error shows a URL, a body or a credential: it has the
// kind that KMS names, and the id under which AWS finds the request.
package awskms

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Name is what envelopes call the service.
const Name = "aws"

// DefaultTimeout bounds one request.
const DefaultTimeout = 10 * time.Second

// How often and after which pauses at most a call is repeated.
const (
	attempts  = 4
	lastPause = 4 * time.Second
)

// maxBody bounds every answer, in bytes.
const maxBody = 64 << 10

// Config says which key wraps.
type Config struct {
	Key      string        // ARN, id, or alias/NAME, for new envelopes; those that are there name theirs
	Region   string        // empty: that of the ARN, else that of the environment or the profile
	Profile  string        // of the shared files; empty: AWS_PROFILE, else the default one
	Endpoint string        // empty: that of the region; http only to this machine
	Timeout  time.Duration // of one request; 0: DefaultTimeout

	pauses time.Duration // longest between two attempts; 0: lastPause
}

// Service is AWS KMS. Its methods may be called concurrently.
type Service struct {
	key    string
	client *kms.Client
	creds  aws.CredentialsProvider
}

// New makes the client; it asks nothing but perhaps the instance for its region.
func New(ctx context.Context, cfg Config) (*Service, error) {
	if cfg.Timeout < 0 {
		return nil, fmt.Errorf("awskms: Timeout: is %s, must be above 0", cfg.Timeout)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.pauses == 0 {
		cfg.pauses = lastPause
	}
	if err := checkEndpoint(cfg.Endpoint); err != nil {
		return nil, err
	}
	if named, err := arn.Parse(cfg.Key); err == nil && cfg.Region == "" {
		cfg.Region = named.Region
	}
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(client(cfg.Timeout)),
		config.WithRetryer(func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = attempts, cfg.pauses })
		}),
	}
	if cfg.Region != "" {
		options = append(options, config.WithRegion(cfg.Region))
	}
	if cfg.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(cfg.Profile))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, errors.New("awskms: Profile: the shared files of AWS cannot be read, or have no such profile")
	}
	if loaded.Region == "" {
		return nil, errors.New("awskms: Region: is missing; name it, or the key by its ARN, or set AWS_REGION")
	}
	return &Service{key: cfg.Key, creds: loaded.Credentials, client: kms.NewFromConfig(loaded, func(o *kms.Options) {
		o.HTTPClient = bounded{o.HTTPClient}
		if cfg.Endpoint != "" {
			o.BaseEndpoint = &cfg.Endpoint
		}
	})}, nil
}

func checkEndpoint(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return errors.New("awskms: Endpoint: must be like https://kms.example, without path, query or password")
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())) {
		return errors.New("awskms: Endpoint: must begin with https; http is for this machine alone")
	}
	return nil
}

// client bounds each request. It is of the SDK's own kind, to which the SDK adds AWS_CA_BUNDLE.
func client(timeout time.Duration) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().WithTimeout(timeout).WithTransportOptions(func(t *http.Transport) {
		t.ResponseHeaderTimeout = timeout
		t.MaxResponseHeaderBytes = 64 << 10
	})
}

// bounded lets no answer be longer than maxBody.
type bounded struct{ aws.HTTPClient }

// Do implements aws.HTTPClient.
func (b bounded) Do(req *http.Request) (*http.Response, error) {
	resp, err := b.HTTPClient.Do(req)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxBody)
	}
	return resp, err
}

// Name implements kms.Service.
func (*Service) Name() string { return Name }

// String names the key.
func (s *Service) String() string { return "AWS KMS " + s.key }

// GoString is String.
func (s *Service) GoString() string { return s.String() }

// Format is String for every verb: the client below holds credentials.
func (s *Service) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText is String.
func (s *Service) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// NewDataKey implements kms.Service.
func (s *Service) NewDataKey(ctx context.Context, bound map[string]string) (plain, wrapped []byte, key string, err error) {
	if s.key == "" {
		return nil, nil, "", errors.New("awskms: Key: is missing; a new envelope is sealed under one")
	}
	if err := s.identified(ctx); err != nil {
		return nil, nil, "", err
	}
	out, err := s.client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: &s.key, KeySpec: types.DataKeySpecAes256, EncryptionContext: bound})
	if err != nil {
		return nil, nil, "", fault("make a data key", s.key, err)
	}
	return out.Plaintext, out.CiphertextBlob, aws.ToString(out.KeyId), nil
}

// OpenDataKey implements kms.Service.
func (s *Service) OpenDataKey(ctx context.Context, wrapped []byte, key string, bound map[string]string) ([]byte, error) {
	if err := s.identified(ctx); err != nil {
		return nil, err
	}
	out, err := s.client.Decrypt(ctx, &kms.DecryptInput{KeyId: &key, CiphertextBlob: wrapped, EncryptionContext: bound})
	if err != nil {
		return nil, fault("open the data key", key, err)
	}
	if aws.ToString(out.KeyId) != key {
		clear(out.Plaintext)
		return nil, fault("open the data key", key, errAnotherKey)
	}
	return out.Plaintext, nil
}
