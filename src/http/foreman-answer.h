/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/foreman-connection.h"

G_BEGIN_DECLS

/* What a payload handed to foreman_answer_write_in_place() must have free around it, for its chunk
 * frame. */
#define FOREMAN_ANSWER_HEADROOM 18
#define FOREMAN_ANSWER_TAILROOM 2

typedef enum
{
  FOREMAN_FRAMING_NONE,
  FOREMAN_FRAMING_LENGTH,
  FOREMAN_FRAMING_CHUNKED,
  FOREMAN_FRAMING_UNTIL_CLOSE,
} ForemanFraming;

/**
 * ForemanAnswer:
 *
 * The answer to one request as it goes out: the head, then the framed body. It says how the bytes
 * are framed for the client that asked and nothing about what they are.
 */
typedef struct
{
  ForemanConnection *connection; /* (owned) */
  GString *
      head; /* (owned) (nullable): written, but waiting to leave with the first bytes of the body */
  ForemanFraming framing;
  guint status;       /* 0: not begun */
  gint64 left;        /* of a body with a length */
  guint64 body_bytes; /* sent so far, without frames */
  guint minor;
  gboolean body_is_silent; /* HEAD: a length, but no bytes */
  gboolean keep_alive;
  gboolean ended;
} ForemanAnswer;

void foreman_answer_init (ForemanAnswer *self, ForemanConnection *connection, ForemanHead *request);
void foreman_answer_clear (ForemanAnswer *self);
void foreman_answer_begin (ForemanAnswer *self,
                           guint status,
                           const char *reason,
                           const GString *headers,
                           gint64 length);
void foreman_answer_write_in_place (ForemanAnswer *self, guint8 *payload, gsize length);
void foreman_answer_write (ForemanAnswer *self, const void *data, gsize length);
void foreman_answer_flush_head (ForemanAnswer *self);
void foreman_answer_end (ForemanAnswer *self);
void foreman_answer_abort (ForemanAnswer *self);

void foreman_headers_append (GString *headers, const char *name, const char *value);

G_END_DECLS
