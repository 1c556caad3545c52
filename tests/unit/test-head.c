/* SPDX-License-Identifier: MIT */
#include "net/foreman-head.h"
#include "libforeman/foreman-error.h"

#include <string.h>

#define HOST "Host: x\r\n"

/* What becomes of a request head. */
typedef struct
{
  const char *name;
  const char *head;
  int code;           /* of the refusal; -1 if it is let through, -2 if it is incomplete */
  const char *method; /* these only if it is let through; (nullable): not looked at */
  const char *target;
  const char *path;
} Case;

enum
{
  FINE = -1,
  MORE = -2,
  BAD = FOREMAN_ERROR_INVALID_REQUEST,
  LARGE = FOREMAN_ERROR_TOO_LARGE,
};

/* clang-format off */
static const Case cases[] = {
  /* request lines */
  { "plain", "GET /api/tags HTTP/1.1\r\n" HOST "\r\n", FINE, "GET", "/api/tags", "/api/tags" },
  { "head", "HEAD / HTTP/1.1\r\n" HOST "\r\n", FINE, "HEAD", "/", "/" },
  { "odd-method", "F00!BAR /p HTTP/1.1\r\n" HOST "\r\n", FINE, "F00!BAR", "/p", "/p" },
  { "method-case", "get /p HTTP/1.1\r\n" HOST "\r\n", FINE, "get", "/p", "/p" },
  { "method-bad", "GE(T /p HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "method-8bit", "G\xc3\x89T /p HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "method-empty", " /p HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "connect", "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "connect-path", "CONNECT /p HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "two-spaces", "GET  /p HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "two-spaces-later", "GET /p  HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "tab", "GET\t/p\tHTTP/1.1\r\n" HOST "\r\n", BAD },
  { "space-at-end", "GET /p HTTP/1.1 \r\n" HOST "\r\n", BAD },
  { "space-in-target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "no-version", "GET /p\r\n\r\n", BAD },
  { "http-2", "GET /p HTTP/2.0\r\n" HOST "\r\n", BAD },
  { "http-1.2", "GET /p HTTP/1.2\r\n" HOST "\r\n", BAD },
  { "http-1.10", "GET /p HTTP/1.10\r\n" HOST "\r\n", BAD },
  { "http-01.1", "GET /p HTTP/01.1\r\n" HOST "\r\n", BAD },
  { "http-case", "GET /p http/1.1\r\n" HOST "\r\n", BAD },
  { "preface-2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", BAD },
  { "hello", "hello\r\n\r\n", BAD },
  { "tls", "\x16\x03\x01\x02", BAD },
  { "empty-line-first", "\r\nGET /p HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "only-empty-line", "\r\n", BAD },
  /* targets */
  { "query", "GET /p?x=1%26&{\"a\":\"|\"}?/.. HTTP/1.1\r\n" HOST "\r\n", FINE, "GET",
    "/p?x=1%26&{\"a\":\"|\"}?/..", "/p" },
  { "query-empty", "GET /p? HTTP/1.1\r\n" HOST "\r\n", FINE, "GET", "/p?", "/p" },
  { "decoded", "GET /api/%74ags HTTP/1.1\r\n" HOST "\r\n", FINE, "GET", "/api/%74ags", "/api/tags" },
  { "decoded-once", "GET /%2574ags/%252e%252e HTTP/1.1\r\n" HOST "\r\n", FINE, NULL, NULL, "/%74ags/%2e%2e" },
  { "utf8", "GET /%c3%a9/\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", FINE, NULL, "/%c3%a9/\xc3\xa9", "/\xc3\xa9/\xc3\xa9" },
  { "digest", "POST /api/blobs/sha256:00ff HTTP/1.1\r\n" HOST "\r\n", FINE, NULL, NULL, "/api/blobs/sha256:00ff" },
  { "dots-in-names", "GET /a..b/...c/.d/e. HTTP/1.1\r\n" HOST "\r\n", FINE, NULL, NULL, "/a..b/...c/.d/e." },
  { "slash-at-end", "GET /api/tags/ HTTP/1.1\r\n" HOST "\r\n", FINE, NULL, NULL, "/api/tags/" },
  { "dotdot", "GET /../../etc/passwd HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "dotdot-inside", "GET /api/x/../tags HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "dotdot-at-end", "GET /api/.. HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "dot", "GET /api/./tags HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "dot-at-end", "GET /api/. HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "dotdot-encoded", "GET /%2e%2E/%2e./etc HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "dot-encoded", "GET /api/%2e HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "slashes", "GET //api/tags HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "slashes-host", "GET //evil.com/x HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "slashes-inside", "GET /api//tags HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "slashes-at-end", "GET /api// HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "slashes-query", "GET /api?//../ HTTP/1.1\r\n" HOST "\r\n", FINE, NULL, NULL, "/api" },
  { "slash-encoded", "GET /v1/models/library%2Ftiny HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "slash-encoded-small", "GET /v1/models/library%2ftiny HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "nul-encoded", "GET /a%00b HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "escape-bad", "GET /%zz HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "escape-cut", "GET /a%2 HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "escape-cut-by-query", "GET /a%2?0 HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "escape-alone", "GET /a% HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "escape-in-query", "GET /a?%zz HTTP/1.1\r\n" HOST "\r\n", FINE, NULL, "/a?%zz", "/a" },
  { "not-utf8", "GET /%ff%fe HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "not-utf8-raw", "GET /\xff HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "not-utf8-overlong", "GET /%c0%af HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "fragment", "GET /p#x HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "fragment-in-query", "GET /p?a#x HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "backslash", "GET /a\\..\\b HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "no-slash", "GET p HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "options-star", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "authority-form", "GET x:80 HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "absolute", "GET http://x/p?q HTTP/1.1\r\n" HOST "\r\n", FINE, "GET", "/p?q", "/p" },
  { "absolute-case", "GET HTTP://X/p HTTP/1.1\r\n" HOST "\r\n", FINE, "GET", "/p", "/p" },
  { "absolute-bare", "GET http://x HTTP/1.1\r\n" HOST "\r\n", FINE, "GET", "/", "/" },
  { "absolute-bare-query", "GET http://x?q=1 HTTP/1.1\r\n" HOST "\r\n", FINE, "GET", "/?q=1", "/" },
  { "absolute-other", "GET http://other:99/p HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "absolute-user", "GET http://a@x/p HTTP/1.1\r\nHost: a@x\r\n\r\n", BAD },
  { "absolute-slashes", "GET http://x//p HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "absolute-empty", "GET http:///p HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "absolute-1.0", "GET http://x/p HTTP/1.0\r\n\r\n", FINE, "GET", "/p", "/p" },
  { "absolute-fragment", "GET http://x#/p HTTP/1.1\r\nHost: x\r\n\r\n", BAD },
  { "absolute-https", "GET https://x/p HTTP/1.1\r\n" HOST "\r\n", BAD },
  { "absolute-ftp", "GET ftp://x/p HTTP/1.1\r\n" HOST "\r\n", BAD },
  /* Host */
  { "no-host", "GET /p HTTP/1.1\r\n\r\n", BAD },
  { "no-host-1.0", "GET /p HTTP/1.0\r\n\r\n", FINE },
  { "host-empty", "GET /p HTTP/1.1\r\nHost:\r\n\r\n", FINE },
  { "host-port", "GET /p HTTP/1.1\r\nHost: a-b.c_d:8080\r\n\r\n", FINE },
  { "host-ipv6", "GET /p HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", FINE },
  { "host-ipv6-mapped", "GET /p HTTP/1.1\r\nHost: [::ffff:1.2.3.4]\r\n\r\n", FINE },
  { "host-ipv6-open", "GET /p HTTP/1.1\r\nHost: [::1\r\n\r\n", BAD },
  { "host-ipv6-bad", "GET /p HTTP/1.1\r\nHost: [::g]\r\n\r\n", BAD },
  { "host-ipv6-junk", "GET /p HTTP/1.1\r\nHost: [::1]x\r\n\r\n", BAD },
  { "host-port-bad", "GET /p HTTP/1.1\r\nHost: a:80x\r\n\r\n", BAD },
  { "host-port-large", "GET /p HTTP/1.1\r\nHost: a:65536\r\n\r\n", BAD },
  { "host-port-alone", "GET /p HTTP/1.1\r\nHost: :80\r\n\r\n", BAD },
  { "host-two-ports", "GET /p HTTP/1.1\r\nHost: a:80:81\r\n\r\n", BAD },
  { "host-user", "GET /p HTTP/1.1\r\nHost: a@b\r\n\r\n", BAD },
  { "host-path", "GET /p HTTP/1.1\r\nHost: a/b\r\n\r\n", BAD },
  { "host-query", "GET /p HTTP/1.1\r\nHost: a?b#c\r\n\r\n", BAD },
  { "host-comma", "GET /p HTTP/1.1\r\nHost: a,b\r\n\r\n", BAD },
  { "host-space", "GET /p HTTP/1.1\r\nHost: a b\r\n\r\n", BAD },
  { "host-8bit", "GET /p HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n", BAD },
  { "host-escape", "GET /p HTTP/1.1\r\nHost: a%62\r\n\r\n", BAD },
  { "host-twice", "GET /p HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n", BAD },
  { "host-twice-same", "GET /p HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", BAD },
  { "host-twice-1.0", "GET /p HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", BAD },
  /* framing */
  { "cl", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc", FINE },
  { "cl-zeros", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 0003\r\n\r\nabc", FINE },
  { "cl-te", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", BAD },
  { "te-cl", "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", BAD },
  { "te-cl-0", "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", BAD },
  { "cl-twice", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 0\r\n\r\n", BAD },
  { "cl-twice-same", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 3\r\ncontent-length: 3\r\n\r\n", BAD },
  { "cl-list", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\n", BAD },
  { "cl-minus", "POST /p HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", BAD },
  { "cl-plus", "POST /p HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\n", BAD },
  { "cl-junk", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 3x\r\n\r\n", BAD },
  { "cl-hex", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\n", BAD },
  { "cl-space", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 3 3\r\n\r\n", BAD },
  { "cl-empty", "POST /p HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", BAD },
  { "cl-largest", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 9223372036854775807\r\n\r\n", FINE },
  { "cl-overflow", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 9223372036854775808\r\n\r\n", BAD },
  { "cl-overflow-64", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551619\r\n\r\n", BAD },
  { "cl-huge", "POST /p HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n", BAD },
  { "te", "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n", FINE },
  { "te-1.0", "POST /p HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", BAD },
  { "te-twice", "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", BAD },
  { "te-other", "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", BAD },
  { "te-gzip", "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n", BAD },
  { "te-identity", "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", BAD },
  { "te-empty", "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n", BAD },
  { "te-parameter", "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked;a=b\r\n\r\n", BAD },
  { "te-space", "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n", BAD },
  { "te-vt", "POST /p HTTP/1.1\r\n" HOST "Transfer-Encoding: \vchunked\r\n\r\n", BAD },
  /* fields */
  { "space-before-colon", "GET /p HTTP/1.1\r\n" HOST "Content-Length : 3\r\n\r\n", BAD },
  { "no-colon", "GET /p HTTP/1.1\r\n" HOST "junk\r\n\r\n", BAD },
  { "no-name", "GET /p HTTP/1.1\r\n" HOST ": v\r\n\r\n", BAD },
  { "name-bad", "GET /p HTTP/1.1\r\n" HOST "a(b): v\r\n\r\n", BAD },
  { "name-8bit", "GET /p HTTP/1.1\r\n" HOST "a\xc3\xa9: v\r\n\r\n", BAD },
  { "fold", "GET /p HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", BAD },
  { "fold-tab", "GET /p HTTP/1.1\r\n" HOST "A: b\r\n\tc\r\n\r\n", BAD },
  { "fold-first", "GET /p HTTP/1.1\r\n A: b\r\n" HOST "\r\n", BAD },
  { "lf-only", "GET /p HTTP/1.1\nHost: x\n\n", BAD },
  { "lf-late", "GET /p HTTP/1.1\r\nHost: x\n\r\n", BAD },
  { "lf-end", "GET /p HTTP/1.1\r\nHost: x\r\n\n", BAD },
  { "cr-alone", "GET /p HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", BAD },
  { "cr-twice", "GET /p HTTP/1.1\r\n" HOST "A: b\r\r\n\r\n", BAD },
  { "control", "GET /p HTTP/1.1\r\n" HOST "A: b\x01\r\n\r\n", BAD },
  { "escape-character", "GET /p HTTP/1.1\r\n" HOST "A: \x1b[0m\r\n\r\n", BAD },
  { "del", "GET /p HTTP/1.1\r\n" HOST "A: b\x7f\r\n\r\n", BAD },
  { "8bit", "GET /p HTTP/1.1\r\n" HOST "A: \xff\xfe\r\n\r\n", FINE },
  { "tab-inside", "GET /p HTTP/1.1\r\n" HOST "A: b\tc\r\n\r\n", FINE },
  /* not whole yet */
  { "nothing", "", MORE },
  { "half-line", "GET /p HT", MORE },
  { "line", "GET /p HTTP/1.1\r\n", MORE },
  { "half-end", "GET /p HTTP/1.1\r\n" HOST "\r", MORE },
};
/* clang-format on */

static void
check_outcome (const ForemanHead *head, const GError *error, int code)
{
  if (code == FINE)
    g_assert_no_error (error);
  else if (code == MORE)
    g_assert_true (head == NULL && error == NULL);
  else
    g_assert_error (error, FOREMAN_ERROR, code);
  g_assert_true ((head != NULL) == (code == FINE));
}

static void
a_request_head_has_one_reading_or_none (gconstpointer data)
{
  const Case *c = data;
  g_autoptr (GError) error = NULL;
  gsize consumed = 0;
  g_autoptr (ForemanHead) head =
      foreman_head_parse_request ((const guint8 *) c->head, strlen (c->head), &consumed, &error);

  check_outcome (head, error, c->code);
  if (head == NULL)
    return;
  g_assert_cmpuint (consumed, ==, strstr (c->head, "\r\n\r\n") + 4 - c->head);
  if (c->method != NULL)
    g_assert_cmpstr (foreman_head_get_method (head), ==, c->method);
  if (c->target != NULL)
    g_assert_cmpstr (foreman_head_get_target (head), ==, c->target);
  if (c->path != NULL)
    g_assert_cmpstr (foreman_head_get_path (head), ==, c->path);
}

/* A head that comes in pieces ends the same way, and no byte too late. */
static void
a_head_in_pieces_is_scanned_to_the_same_end (gconstpointer data)
{
  const Case *c = data;
  gsize length = strlen (c->head);
  gsize whole, end = 0, at = 0;
  ForemanHeadScan scan = { 0 };
  g_autoptr (GError) error = NULL, whole_error = NULL;

  whole = foreman_head_scan (&scan, (const guint8 *) c->head, length, &whole_error);
  memset (&scan, 0, sizeof scan);
  while (at <= length && end == 0 && error == NULL)
    end = foreman_head_scan (&scan, (const guint8 *) c->head, at++, &error);
  g_assert_cmpuint (end, ==, whole);
  g_assert_cmpstr (error ? error->message : NULL, ==, whole_error ? whole_error->message : NULL);
}

static void
what_was_scanned_is_not_looked_at_again (void)
{
  g_autoptr (GString) text = g_string_new ("GET / HTTP/1.1\r\n");
  ForemanHeadScan scan = { 0 };
  g_autoptr (GError) error = NULL;
  gsize end = 0;

  for (guint i = 0; i < FOREMAN_HEAD_MAX_FIELDS; i++)
    g_string_append (text, "A: b\r\n");
  g_string_append (text, "\r\n");
  for (gsize length = 1; length <= text->len; length++)
    {
      g_assert_cmpuint (end, ==, 0);
      end = foreman_head_scan (&scan, (guint8 *) text->str, length, &error);
      g_assert_no_error (error);
      /* a second look would find this */
      if (length > 2)
        text->str[length - 3] = '\0';
    }
  g_assert_cmpuint (end, ==, text->len);
}

static ForemanHead *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  ForemanHead *head =
      foreman_head_parse_request ((const guint8 *) text, strlen (text), NULL, &error);

  g_assert_no_error (error);
  g_assert_nonnull (head);
  return head;
}

static void
fields_keep_their_case_order_and_inner_space (void)
{
  g_autoptr (ForemanHead) head = parse ("GET /p?q=1?2 HTTP/1.1\r\nX-One:\t a  b \t\r\nhOsT:x:1\r\n"
                                        "x-one: c\r\nEmpty:  \r\n\r\n");
  const char *name, *value;

  g_assert_cmpuint (foreman_head_get_n (head), ==, 4);
  foreman_head_nth (head, 0, &name, &value);
  g_assert_cmpstr (name, ==, "X-One");
  g_assert_cmpstr (value, ==, "a  b");
  foreman_head_nth (head, 3, &name, &value);
  g_assert_cmpstr (name, ==, "Empty");
  g_assert_cmpstr (value, ==, "");
  g_assert_cmpstr (foreman_head_get (head, "x-ONE"), ==, "a  b");
  g_assert_cmpstr (foreman_head_get (head, "host"), ==, "x:1");
  g_assert_null (foreman_head_get (head, "hos"));
  g_assert_cmpstr (foreman_head_get_host (head), ==, "x:1");
  g_assert_cmpstr (foreman_head_get_query (head), ==, "q=1?2");
  g_assert_cmpuint (foreman_head_get_minor (head), ==, 1);
  g_assert_cmpuint (foreman_head_get_status (head), ==, 0);
  g_assert_cmpint (foreman_head_get_content_length (head), ==, -1);
  g_assert_false (foreman_head_is_chunked (head));
}

static void
the_host_of_an_absolute_target_is_known (void)
{
  g_autoptr (ForemanHead) head = parse ("GET http://box:8080?a HTTP/1.0\r\n\r\n");

  g_assert_cmpstr (foreman_head_get_host (head), ==, "box:8080");
  g_assert_cmpstr (foreman_head_get_target (head), ==, "/?a");
  g_assert_cmpstr (foreman_head_get_path (head), ==, "/");
  g_assert_cmpstr (foreman_head_get_query (head), ==, "a");
}

static void
framing_is_read (void)
{
  g_autoptr (ForemanHead) length = parse ("POST / HTTP/1.1\r\n" HOST "Content-Length: 42\r\n\r\n");
  g_autoptr (ForemanHead) chunked =
      parse ("POST / HTTP/1.1\r\n" HOST "transfer-encoding: CHUNKED\r\n\r\n");

  g_assert_cmpint (foreman_head_get_content_length (length), ==, 42);
  g_assert_false (foreman_head_is_chunked (length));
  g_assert_cmpint (foreman_head_get_content_length (chunked), ==, -1);
  g_assert_true (foreman_head_is_chunked (chunked));
}

static void
keep_alive_follows_version_and_connection (void)
{
  static const struct
  {
    const char *head;
    gboolean keeps;
  } table[] = {
    { "GET / HTTP/1.1\r\n" HOST "\r\n", TRUE },
    { "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", FALSE },
    { "GET / HTTP/1.1\r\n" HOST "Connection: x, \t Close , y\r\n\r\n", FALSE },
    { "GET / HTTP/1.1\r\n" HOST "Connection: x\r\nConnection: close\r\n\r\n", FALSE },
    { "GET / HTTP/1.1\r\n" HOST "Connection: closed, clos\r\n\r\n", TRUE },
    { "GET / HTTP/1.0\r\n\r\n", FALSE },
    { "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", TRUE },
    { "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (ForemanHead) head = parse (table[i].head);

      g_test_message ("%s", table[i].head);
      g_assert_true (foreman_head_keeps_alive (head) == table[i].keeps);
    }
}

static void
continue_is_expected_in_http_1_1_only (void)
{
  g_autoptr (ForemanHead) new = parse ("PUT / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\n\r\n");
  g_autoptr (ForemanHead) old = parse ("PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n");

  g_assert_true (foreman_head_expects_continue (new));
  g_assert_false (foreman_head_expects_continue (old));
}

static int
outcome (const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanHead) head =
      foreman_head_parse_request ((const guint8 *) text, length, NULL, &error);

  g_assert_false (head != NULL && error != NULL);
  return error != NULL ? error->code : head != NULL ? FINE : MORE;
}

static void
nul_is_refused_everywhere (void)
{
  static const char head[] = "GET /p?q HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";

  for (gsize i = 0; i < sizeof head - 1; i++)
    {
      char copy[sizeof head];

      memcpy (copy, head, sizeof head);
      copy[i] = '\0';
      g_assert_cmpint (outcome (copy, sizeof head - 1), ==, BAD);
    }
}

static void
limits_hold_to_the_byte (void)
{
  g_autoptr (GString) text = g_string_new ("GET /p HTTP/1.1\r\n" HOST "A: ");
  g_autoptr (GString) target = g_string_new ("GET /");
  g_autoptr (GString) fields = g_string_new ("GET / HTTP/1.1\r\n" HOST);

  while (text->len < FOREMAN_HEAD_MAX_BYTES - 4)
    g_string_append_c (text, 'a');
  g_assert_cmpint (outcome (text->str, text->len), ==, MORE);
  g_string_append (text, "\r\n\r\n");
  g_assert_cmpint (outcome (text->str, text->len), ==, FINE);
  g_string_insert_c (text, text->len - 4, 'a');
  g_assert_cmpint (outcome (text->str, text->len), ==, LARGE);

  while (target->len < 4 + FOREMAN_HEAD_MAX_TARGET)
    g_string_append_c (target, 'a');
  g_string_append (target, " HTTP/1.1\r\n" HOST "\r\n");
  g_assert_cmpint (outcome (target->str, target->len), ==, FINE);
  g_string_insert_c (target, 6, 'a');
  g_assert_cmpint (outcome (target->str, target->len), ==, LARGE);

  for (guint i = 1; i < FOREMAN_HEAD_MAX_FIELDS; i++)
    g_string_append (fields, "A: b\r\n");
  g_string_append (fields, "\r\n");
  g_assert_cmpint (outcome (fields->str, fields->len), ==, FINE);
  g_string_insert (fields, fields->len - 2, "A: b\r\n");
  g_assert_cmpint (outcome (fields->str, fields->len), ==, LARGE);
}

static void
responses_are_read (void)
{
  static const struct
  {
    const char *head;
    guint status; /* 0: malformed */
    const char *reason;
  } table[] = {
    { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 200, "OK" },
    { "HTTP/1.1 404 Not Found\r\n\r\n", 404, "Not Found" },
    { "HTTP/1.0 200 \r\n\r\n", 200, "" },
    { "HTTP/1.1 200\r\n\r\n", 200, "" },
    { "HTTP/1.1 999 \xc3\xa9\r\n\r\n", 999, "\xc3\xa9" },
    { "HTTP/1.1 20 OK\r\n\r\n", 0, NULL },
    { "HTTP/1.1 2000 OK\r\n\r\n", 0, NULL },
    { "HTTP/1.1 020 OK\r\n\r\n", 0, NULL },
    { "HTTP/1.1 -20 OK\r\n\r\n", 0, NULL },
    { "HTTP/1.1  200 OK\r\n\r\n", 0, NULL },
    { "HTTP/2.0 200 OK\r\n\r\n", 0, NULL },
    { "HTTP/1.1\r\n\r\n", 0, NULL },
    { "ICY 200 OK\r\n\r\n", 0, NULL },
    { "SSH-2.0-OpenSSH_9.2p1\r\n\r\n", 0, NULL },
    { "HTTP/1.1 200 OK\n\n", 0, NULL },
    { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n", 0, NULL },
    { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", 0, NULL },
    { "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 0, NULL },
    { "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0, NULL },
    { "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", 0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ForemanHead) head =
          foreman_head_parse_response ((const guint8 *) table[i].head, strlen (table[i].head), NULL,
                                       &error);

      g_test_message ("%s", table[i].head);
      check_outcome (head, error, table[i].status ? FINE : FOREMAN_ERROR_CONNECTION);
      if (head == NULL)
        continue;
      g_assert_cmpuint (foreman_head_get_status (head), ==, table[i].status);
      g_assert_cmpstr (foreman_head_get_reason (head), ==, table[i].reason);
      g_assert_null (foreman_head_get_method (head));
      g_assert_null (foreman_head_get_path (head));
    }
}

static void
half_a_response_is_incomplete (void)
{
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

  for (gsize i = 0; i < sizeof head - 1; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (foreman_head_parse_response ((const guint8 *) head, i, NULL, &error));
      g_assert_no_error (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *whole = g_strconcat ("/head/request/", cases[i].name, NULL);
      g_autofree char *pieces = g_strconcat ("/head/pieces/", cases[i].name, NULL);

      g_test_add_data_func (whole, &cases[i], a_request_head_has_one_reading_or_none);
      g_test_add_data_func (pieces, &cases[i], a_head_in_pieces_is_scanned_to_the_same_end);
    }
  g_test_add_func ("/head/scan", what_was_scanned_is_not_looked_at_again);
  g_test_add_func ("/head/fields", fields_keep_their_case_order_and_inner_space);
  g_test_add_func ("/head/absolute-host", the_host_of_an_absolute_target_is_known);
  g_test_add_func ("/head/framing", framing_is_read);
  g_test_add_func ("/head/keep-alive", keep_alive_follows_version_and_connection);
  g_test_add_func ("/head/continue", continue_is_expected_in_http_1_1_only);
  g_test_add_func ("/head/nul", nul_is_refused_everywhere);
  g_test_add_func ("/head/limits", limits_hold_to_the_byte);
  g_test_add_func ("/head/response", responses_are_read);
  g_test_add_func ("/head/response-half", half_a_response_is_incomplete);
  return g_test_run ();
}
