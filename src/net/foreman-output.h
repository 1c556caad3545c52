/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * ForemanOutput:
 *
 * Bytes that wait to be sent over a socket, in order. Zero-filled memory is one that is empty, and
 * an empty one holds no memory.
 */
typedef struct
{
  /*< private >*/
  struct _ForemanOutputChunk *first; /* (owned) (nullable) */
  struct _ForemanOutputChunk *last;  /* (unowned) (nullable) */
  gsize size;
} ForemanOutput;

/**
 * ForemanOutputResult:
 * @FOREMAN_OUTPUT_SENT: everything was handed to the kernel
 * @FOREMAN_OUTPUT_BLOCKED: the kernel takes no more now
 * @FOREMAN_OUTPUT_BROKEN: the connection is no more
 *
 * How far sending has got.
 */
typedef enum
{
  FOREMAN_OUTPUT_SENT,
  FOREMAN_OUTPUT_BLOCKED,
  FOREMAN_OUTPUT_BROKEN,
} ForemanOutputResult;

void foreman_output_append (ForemanOutput *self, const void *data, gsize length);
void foreman_output_append_bytes (ForemanOutput *self, GBytes *bytes);
ForemanOutputResult foreman_output_flush (ForemanOutput *self, int fd);
ForemanOutputResult
foreman_output_send (ForemanOutput *self, int fd, const void *data, gsize length);
gsize foreman_output_get_size (const ForemanOutput *self);
void foreman_output_clear (ForemanOutput *self);

G_END_DECLS
