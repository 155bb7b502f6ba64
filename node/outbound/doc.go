// Package outbound calls URLs that others chose: sellers, and services that hand out invoices.
//
// It guarantees that
//   - nothing but hosts of the internet is connected to, whatever a name resolves to, unless the
//     network is allowed by configuration; the address that was checked is the one that is dialled,
//     at every connection anew, and no proxy of the environment stands between;
//   - a call is https; http goes only to the networks that are allowed;
//   - a redirect is followed on the same origin alone, and only as often as the caller says;
//   - head, body and time of every answer are bounded: what is longer is cut, and the answer says so;
//   - headers that belong to a connection or hold a credential do not pass, in neither direction.
//
// It refuses to know what is called and why.
package outbound
