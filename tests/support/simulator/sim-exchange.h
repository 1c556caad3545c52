/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim-connection.h"
#include "sim-fault.h"
#include "sim-json.h"
#include "sim-stats.h"
#include "sim-url.h"

G_BEGIN_DECLS

typedef struct _SimExchange SimExchange;
typedef struct _SimSurface SimSurface;

typedef enum
{
  SIM_BODY_NONE,
  SIM_BODY_LENGTH,
  SIM_BODY_CHUNKED,
} SimBodyFraming;

typedef struct
{
  char *name;  /* (owned) canonical: Content-Type */
  char *value; /* (owned) */
} SimHeader;

/* One request and its answer. */
struct _SimExchange
{
  SimConnection *connection;
  SimServer *server;
  SimRecord *record; /* (nullable) none for control requests */
  SimFault *fault;   /* (owned) (nullable) */

  /* the request */
  char *method;
  char *target; /* as sent */
  SimUrl url;
  char *host;
  guint minor;
  GArray *headers; /* SimHeader */
  gboolean keep_alive;
  const char *parameter; /* what a route's :name stands for; part of the path */

  /* its body */
  SimBodyFraming framing;
  guint64 body_left; /* of the length, or of the chunk under way */
  guint64 body_seen;
  gboolean body_done;
  gboolean body_broken;
  const char *body_problem; /* (nullable) what Go says of its framing */
  gboolean expects_continue;
  GChecksum *checksum;       /* (owned) (nullable) of what was read */
  GByteArray *body;          /* (owned) */
  SimDocument *document;     /* (owned) (nullable) of the body */
  char *document_error;      /* (owned) (nullable) */
  SimDocument *original;     /* (owned) (nullable) what `document` was before it was replaced */
  const char *wanted_format; /* (nullable) of a /v1 answer: "base64", "text" */
  GPtrArray *scratch; /* (owned) GDestroyNotify'd strings that live as long as the exchange */

  /* the answer */
  const SimSurface *surface;
  gpointer surface_state; /* (owned) */
  GDestroyNotify surface_free;
  int status;
  GArray *answer_headers; /* SimHeader */
  gboolean head_sent;
  gboolean chunked;
  gboolean until_close;
  gboolean ended;
  gboolean close;     /* the connection, after this answer */
  gboolean gone;      /* nothing more can be sent */
  guint64 sent_bytes; /* of the body, with its framing */
  guint64 sent_chunks;
  gboolean fault_done;
};

/* sim-exchange.c */
SimExchange *sim_exchange_new (SimConnection *connection);
void sim_exchange_free (SimExchange *x);
const char *sim_exchange_header (SimExchange *x, const char *name);
gboolean sim_exchange_has_token (SimExchange *x, const char *name, const char *token);
char *sim_exchange_keep (SimExchange *x, char *text);
void sim_exchange_stage (SimExchange *x, SimStage stage);

/* sim-http.c */
typedef enum
{
  SIM_READ_OK,
  SIM_READ_CLOSED,
  SIM_READ_REFUSED,
} SimRead;
SimRead sim_http_read_head (SimExchange *x, char **refusal);

/* sim-body.c */
gssize sim_body_read (SimExchange *x, guint8 *buffer, gsize size);
gboolean sim_body_read_all (SimExchange *x);
void sim_body_finish (SimExchange *x);
gboolean sim_body_replace (SimExchange *x, GString *json);

/* sim-reply.c */
void sim_reply_header (SimExchange *x, const char *name, const char *value);
void sim_reply_set_header (SimExchange *x, const char *name, const char *value);
gboolean sim_reply_whole (SimExchange *x, int status, const char *data, gsize length);
gboolean sim_reply_json (SimExchange *x, int status, GString *json);
gboolean sim_reply_text (SimExchange *x, int status, const char *type, const char *text);
gboolean sim_reply_error (SimExchange *x, int status, const char *message);
gboolean sim_reply_errorf (SimExchange *x, int status, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
gboolean sim_reply_chunk (SimExchange *x, const char *data, gsize length);
gboolean sim_reply_end (SimExchange *x);
gboolean sim_reply_raw (SimExchange *x, const char *data, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimExchange, sim_exchange_free)

G_END_DECLS
