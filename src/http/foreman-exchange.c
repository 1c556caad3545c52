/* SPDX-License-Identifier: MIT */
#include "http/foreman-exchange.h"

#include "http/foreman-http-date.h"
#include "http/foreman-route-pattern.h"
#include "http/foreman-router.h"

#include <libsoup/soup.h>
#include <string.h>

/**
 * ForemanExchange:
 *
 * One request of a client and its answer. Whoever works on it holds a reference for as long as an
 * operation of theirs is pending. It ends exactly once: with the answer's last byte, or when the
 * client leaves; operations learn of the latter through its cancellable, the relay through `gone`.
 */
struct _ForemanExchange
{
  GObject parent_instance;

  ForemanHttpContext *context;   /* (unowned): outlives every exchange */
  ForemanConnection *connection; /* (owned) */
  ForemanHead *head;             /* (owned) (nullable): %NULL when the head was refused */
  ForemanCaller *caller;         /* (owned) (nullable): %NULL until access was granted */
  GCancellable *cancellable;     /* (owned) */
  GString *headers;              /* (owned): lines that every answer to this request gets */
  ForemanAnswer answer;
  ForemanRecord record;
  gulong hung_up_id;
  gboolean over;
};

enum
{
  SIGNAL_GONE,
  SIGNAL_CUT,
  SIGNAL_FINISHED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (ForemanExchange, foreman_exchange, G_TYPE_OBJECT)

static void
finish (ForemanExchange *self)
{
  if (self->over)
    return;
  self->over = TRUE;
  g_clear_signal_handler (&self->hung_up_id, self->connection);
  self->record.status = self->answer.status;
  self->record.body_bytes = self->answer.body_bytes;
  self->record.finished = g_get_monotonic_time ();
  g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
}

static void
on_hung_up (ForemanConnection *connection, ForemanExchange *self)
{
  g_autoptr (ForemanExchange) alive = g_object_ref (self);

  self->record.client_left = TRUE;
  finish (self);
  g_cancellable_cancel (self->cancellable);
  g_signal_emit (self, signals[SIGNAL_GONE], 0);
}

static void
foreman_exchange_dispose (GObject *object)
{
  ForemanExchange *self = FOREMAN_EXCHANGE (object);

  if (self->connection)
    g_clear_signal_handler (&self->hung_up_id, self->connection);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (foreman_exchange_parent_class)->dispose (object);
}

static void
foreman_exchange_finalize (GObject *object)
{
  ForemanExchange *self = FOREMAN_EXCHANGE (object);

  foreman_answer_clear (&self->answer);
  g_clear_pointer (&self->head, foreman_head_unref);
  g_clear_pointer (&self->caller, foreman_caller_unref);
  g_clear_object (&self->cancellable);
  g_string_free (self->headers, TRUE);
  foreman_record_clear (&self->record);
  G_OBJECT_CLASS (foreman_exchange_parent_class)->finalize (object);
}

static void
foreman_exchange_class_init (ForemanExchangeClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = foreman_exchange_dispose;
  object_class->finalize = foreman_exchange_finalize;

  /**
   * ForemanExchange::gone:
   *
   * The client left before its answer was whole. Nothing can be written any more.
   */
  signals[SIGNAL_GONE] = g_signal_new ("gone", FOREMAN_TYPE_EXCHANGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
  /**
   * ForemanExchange::cut:
   * @error: (type GError): why
   *
   * The answer, which has begun, is to be ended now, so that the client can tell.
   */
  signals[SIGNAL_CUT] = g_signal_new ("cut", FOREMAN_TYPE_EXCHANGE, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  /**
   * ForemanExchange::finished:
   *
   * The exchange is over, one way or the other; its record is complete. Emitted exactly once.
   */
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", FOREMAN_TYPE_EXCHANGE, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
foreman_exchange_init (ForemanExchange *self)
{
  self->cancellable = g_cancellable_new ();
  self->headers = g_string_sized_new (64);
}

/**
 * foreman_exchange_new:
 * @context: (transfer none): what routes work with; outlives the exchange
 * @connection: the client's connection
 * @head: (nullable): the request's head; %NULL for one that was refused, which can only be answered
 * with an error
 *
 * Begins an exchange. Main thread, as is everything here.
 *
 * Returns: (transfer full): a new exchange
 */
ForemanExchange *
foreman_exchange_new (ForemanHttpContext *context, ForemanConnection *connection, ForemanHead *head)
{
  ForemanExchange *self = g_object_new (FOREMAN_TYPE_EXCHANGE, NULL);

  self->context = context;
  self->connection = g_object_ref (connection);
  self->head = head ? foreman_head_ref (head) : NULL;
  foreman_answer_init (&self->answer, connection, head);
  foreman_record_init (&self->record, head ? foreman_head_get (head, "x-request-id") : NULL);
  foreman_headers_append (self->headers, "X-Request-Id", self->record.request_id);
  self->hung_up_id = g_signal_connect (connection, "hung-up", G_CALLBACK (on_hung_up), self);
  return self;
}

/**
 * foreman_exchange_get_context:
 * @self: an exchange
 *
 * Returns: (transfer none): what routes work with
 */
ForemanHttpContext *
foreman_exchange_get_context (ForemanExchange *self)
{
  return self->context;
}

/**
 * foreman_exchange_get_connection:
 * @self: an exchange
 *
 * The connection is also the source of the request's body.
 *
 * Returns: (transfer none): the client's connection
 */
ForemanConnection *
foreman_exchange_get_connection (ForemanExchange *self)
{
  return self->connection;
}

/**
 * foreman_exchange_get_head:
 * @self: an exchange
 *
 * Returns: (transfer none) (nullable): the request's head
 */
ForemanHead *
foreman_exchange_get_head (ForemanExchange *self)
{
  return self->head;
}

/**
 * foreman_exchange_get_cancellable:
 * @self: an exchange
 *
 * Returns: (transfer none): cancelled when the client leaves
 */
GCancellable *
foreman_exchange_get_cancellable (ForemanExchange *self)
{
  return self->cancellable;
}

/**
 * foreman_exchange_get_record:
 * @self: an exchange
 *
 * Returns: (transfer none): what it remembers of itself; routes fill in what they learn
 */
ForemanRecord *
foreman_exchange_get_record (ForemanExchange *self)
{
  return &self->record;
}

/**
 * foreman_exchange_get_path:
 * @self: an exchange
 *
 * Returns: (transfer none): the decoded path that routes are chosen by, without a token's prefix
 */
const char *
foreman_exchange_get_path (ForemanExchange *self)
{
  return self->caller ? self->caller->path : foreman_head_get_path (self->head);
}

/**
 * foreman_exchange_dup_segment:
 * @self: an exchange whose route was chosen
 * @name: a segment that the route's path names
 *
 * Returns: (transfer full): what stands there in the request's path
 */
char *
foreman_exchange_dup_segment (ForemanExchange *self, const char *name)
{
  return foreman_route_pattern_dup_segment (self->record.route->path,
                                            foreman_exchange_get_path (self), name);
}

/**
 * foreman_exchange_get_target:
 * @self: an exchange
 *
 * Returns: (transfer none): path and query as the client sent them, without a token's prefix
 */
const char *
foreman_exchange_get_target (ForemanExchange *self)
{
  return self->caller ? self->caller->target : foreman_head_get_target (self->head);
}

/**
 * foreman_exchange_get_api:
 * @self: an exchange
 *
 * Returns: whose error shapes the client expects
 */
ForemanApi
foreman_exchange_get_api (ForemanExchange *self)
{
  if (self->record.route && foreman_route_is_own (self->record.route))
    return FOREMAN_API_FOREMAN;
  return self->head ? foreman_api_of_path (foreman_exchange_get_path (self)) : FOREMAN_API_OLLAMA;
}

/**
 * foreman_exchange_get_caller:
 * @self: an exchange
 *
 * Returns: (transfer none) (nullable): who asks; %NULL before access was granted
 */
ForemanCaller *
foreman_exchange_get_caller (ForemanExchange *self)
{
  return self->caller;
}

/**
 * foreman_exchange_set_caller:
 * @self: an exchange
 * @caller: who asks
 */
void
foreman_exchange_set_caller (ForemanExchange *self, ForemanCaller *caller)
{
  g_clear_pointer (&self->caller, foreman_caller_unref);
  self->caller = foreman_caller_ref (caller);
}

/**
 * foreman_exchange_set_route:
 * @self: an exchange
 * @route: the route that was chosen
 */
void
foreman_exchange_set_route (ForemanExchange *self, const ForemanRoute *route)
{
  self->record.route = route;
}

/**
 * foreman_exchange_is_over:
 * @self: an exchange
 *
 * Returns: whether nothing more can be answered
 */
gboolean
foreman_exchange_is_over (ForemanExchange *self)
{
  return self->over;
}

/**
 * foreman_exchange_has_begun:
 * @self: an exchange
 *
 * Returns: whether the answer's status is settled
 */
gboolean
foreman_exchange_has_begun (ForemanExchange *self)
{
  return self->answer.status != 0;
}

/**
 * foreman_exchange_is_framed:
 * @self: an exchange whose answer has begun
 *
 * Returns: whether the body can still grow, so that a late failure can be told in it
 */
gboolean
foreman_exchange_is_framed (ForemanExchange *self)
{
  return self->answer.framing == FOREMAN_FRAMING_CHUNKED ||
         self->answer.framing == FOREMAN_FRAMING_UNTIL_CLOSE;
}

/**
 * foreman_exchange_note_failure:
 * @self: an exchange
 * @message: one line, without anything a client or a model said
 *
 * Remembers for the log why the answer is not what was asked for.
 */
void
foreman_exchange_note_failure (ForemanExchange *self, const char *message)
{
  g_free (self->record.failure);
  self->record.failure = g_strdup (message);
}

/**
 * foreman_exchange_add_header:
 * @self: an exchange
 * @name: a header's name
 * @value: its value
 *
 * Adds a header to whatever answer this request gets.
 */
void
foreman_exchange_add_header (ForemanExchange *self, const char *name, const char *value)
{
  foreman_headers_append (self->headers, name, value);
}

/**
 * foreman_exchange_begin:
 * @self: an exchange whose answer has not begun
 * @status: the status code
 * @reason: the words behind it
 * @headers: header lines, without those that frame the body
 * @length: the body's length in bytes; -1 when it is not known yet
 *
 * Begins the answer. After the client left, this and all that follows does nothing.
 */
void
foreman_exchange_begin (ForemanExchange *self,
                        guint status,
                        const char *reason,
                        const GString *headers,
                        gint64 length)
{
  if (self->over)
    return;
  g_string_append_len (self->headers, headers->str, headers->len);
  foreman_answer_begin (&self->answer, status, reason, self->headers, length);
}

static void
note_first_byte (ForemanExchange *self)
{
  if (self->record.first_byte == 0)
    self->record.first_byte = g_get_monotonic_time ();
}

/**
 * foreman_exchange_write_in_place:
 * @self: an exchange whose answer has begun
 * @payload: bytes of the body with room around them, see foreman_answer_write_in_place()
 * @length: how many, more than 0
 *
 * Sends a piece of the body.
 */
void
foreman_exchange_write_in_place (ForemanExchange *self, guint8 *payload, gsize length)
{
  if (self->over)
    return;
  note_first_byte (self);
  foreman_answer_write_in_place (&self->answer, payload, length);
}

/**
 * foreman_exchange_write:
 * @self: an exchange whose answer has begun
 * @data: bytes of the body
 * @length: how many
 *
 * Sends a piece of the body that lies anywhere.
 */
void
foreman_exchange_write (ForemanExchange *self, const char *data, gsize length)
{
  if (self->over)
    return;
  note_first_byte (self);
  foreman_answer_write (&self->answer, data, length);
}

/**
 * foreman_exchange_flush_head:
 * @self: an exchange whose answer has begun
 *
 * Sends the head now, for a body whose first bytes may take a while.
 */
void
foreman_exchange_flush_head (ForemanExchange *self)
{
  if (!self->over)
    foreman_answer_flush_head (&self->answer);
}

/**
 * foreman_exchange_end:
 * @self: an exchange whose answer has begun
 *
 * Says that the answer is whole.
 */
void
foreman_exchange_end (ForemanExchange *self)
{
  g_autoptr (ForemanExchange) alive = g_object_ref (self);

  if (self->over)
    return;
  note_first_byte (self);
  /* The log can wait, the client need not. */
  foreman_answer_end (&self->answer);
  finish (self);
}

/**
 * foreman_exchange_abort:
 * @self: an exchange
 *
 * Breaks the connection off, where the answer cannot be made whole and nothing can be said any
 * more.
 */
void
foreman_exchange_abort (ForemanExchange *self)
{
  g_autoptr (ForemanExchange) alive = g_object_ref (self);

  if (self->over)
    return;
  finish (self);
  foreman_answer_abort (&self->answer);
}

/**
 * foreman_exchange_answer:
 * @self: an exchange whose answer has not begun
 * @status: the status code
 * @content_type: (nullable): what @body is
 * @body: the body
 * @length: its length in bytes
 *
 * Answers at once, with all there is to say.
 */
void
foreman_exchange_answer (ForemanExchange *self,
                         guint status,
                         const char *content_type,
                         const char *body,
                         gsize length)
{
  g_autoptr (GString) headers = g_string_new (NULL);

  if (content_type)
    foreman_headers_append (headers, "Content-Type", content_type);
  foreman_headers_append (headers, "Date", foreman_http_date_now ());
  foreman_exchange_begin (self, status, soup_status_get_phrase (status), headers, length);
  foreman_exchange_write (self, body, length);
  foreman_exchange_end (self);
}

/**
 * foreman_exchange_cut:
 * @self: an exchange
 * @error: why
 *
 * Ends the exchange from our side: with an error where the answer has not begun, else with what the
 * relay can still say in it.
 */
void
foreman_exchange_cut (ForemanExchange *self, const GError *error)
{
  g_autoptr (ForemanExchange) alive = g_object_ref (self);

  if (!foreman_exchange_has_begun (self))
    foreman_exchange_answer_failure (self, error);
  else
    g_signal_emit (self, signals[SIGNAL_CUT], 0, error);
  g_cancellable_cancel (self->cancellable);
}
