/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-byte-source.h"
#include "net/foreman-connection.h"

#define HOST      "Host: x\r\n"
#define CHUNKED   HOST "Transfer-Encoding: chunked\r\n\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define POST_HALF "POST / HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\nabc"

/* One connection and the client at its other end. What is emitted is noted down in words. */
typedef struct
{
  ForemanReactor *reactor;
  ForemanConnection *connection; /* (nullable): a test may drop it */
  int client;                    /* -1 once closed */
  GString *log; /* "GET /path" "rejected" "drained" "hung-up" "closed", by spaces */
  GError *rejection;
  GBytes *body;
  GError *body_error;
  guint n_bodies;
  gboolean echo; /* answer each request at once with its path */
} Fixture;

typedef struct
{
  int type; /* SOCK_STREAM, or SOCK_SEQPACKET to see each send() */
  gboolean tcp;
  ForemanConnectionLimits limits;
} Options;

void fixture_set_up (Fixture *fixture, const Options *options);
void fixture_tear_down (Fixture *fixture);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Fixture, fixture_tear_down)

void fixture_settle (Fixture *fixture);
void fixture_send (Fixture *fixture, const char *text);
void fixture_answer (Fixture *fixture, const char *text, gboolean keep_alive);
void fixture_collect (Fixture *fixture, gsize max);
void fixture_close_client (Fixture *fixture);

char *fixture_receive (Fixture *fixture, gboolean *ended);
void fixture_assert_log (Fixture *fixture, const char *expected);
void fixture_assert_received (Fixture *fixture, const char *expected);
void fixture_assert_ended (Fixture *fixture, const char *expected);
void fixture_assert_body (Fixture *fixture, const char *expected);

#define fixture_wait_for(condition)                                                                \
  G_STMT_START                                                                                     \
  {                                                                                                \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
  }                                                                                                \
  G_STMT_END
