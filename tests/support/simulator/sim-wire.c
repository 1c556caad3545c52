/* SPDX-License-Identifier: MIT */
#include "sim-wire.h"

#include "sim-server.h"

/* The last step of an answer: its bytes, one send() a chunk, and the faults that happen to bytes.
 */

static gboolean
give_up (SimExchange *x)
{
  x->gone = TRUE;
  x->close = TRUE;
  return FALSE;
}

static gboolean
push (SimExchange *x, const char *data, gsize length)
{
  if (x->gone)
    return FALSE;
  return sim_connection_send (x->connection, data, length) ? TRUE : give_up (x);
}

/* A few bytes at a time, twenty times a second. */
static gboolean
drip (SimExchange *x, const char *data, gsize length)
{
  gint64 next = g_get_monotonic_time ();
  gsize piece = (gsize) MAX (x->fault->bytes_per_second / 20, 1);
  gint64 pause = (gint64) piece * G_USEC_PER_SEC / MAX (x->fault->bytes_per_second, 1);

  while (length > 0)
    {
      gsize n = MIN (piece, length);

      if (!push (x, data, n))
        return FALSE;
      data += n;
      length -= n;
      next += pause;
      if (!sim_connection_sleep_until (x->connection, next))
        return give_up (x);
    }
  return TRUE;
}

/* What the fault does once the answer has come to its point. Returns whether the answer goes on. */
static gboolean
strike (SimExchange *x)
{
  gint64 until = -1;

  x->fault_done = TRUE;
  if (x->fault->kind == SIM_FAULT_STALL)
    {
      if (x->fault->seconds > 0)
        until = g_get_monotonic_time () + sim_config_scaled (x->server->config, x->fault->seconds);
      if (sim_connection_sleep_until (x->connection, until))
        return TRUE;
    }
  if (x->fault->kind == SIM_FAULT_RESET)
    sim_connection_reset (x->connection);
  return give_up (x);
}

static gboolean
strikes_bytes (SimExchange *x)
{
  return x->fault != NULL && !x->fault_done && x->fault->kind >= SIM_FAULT_RESET &&
         x->fault->kind <= SIM_FAULT_STALL;
}

/* Body bytes, as framed, up to the point where a fault strikes. */
static gboolean
send_body (SimExchange *x, const char *data, gsize length)
{
  gsize first = length;

  if (x->fault != NULL && x->fault->kind == SIM_FAULT_DRIP)
    {
      x->sent_bytes += length;
      return drip (x, data, length);
    }
  if (strikes_bytes (x) && x->fault->after_bytes >= 0)
    first = (gsize) CLAMP (x->fault->after_bytes - (gint64) x->sent_bytes, 0, (gint64) length);
  if (first > 0 && !push (x, data, first))
    return FALSE;
  x->sent_bytes += first;
  if (strikes_bytes (x) && x->fault->after_bytes >= 0 &&
      x->sent_bytes >= (guint64) x->fault->after_bytes && !strike (x))
    return FALSE;
  if (first < length && !push (x, data + first, length - first))
    return FALSE;
  x->sent_bytes += length - first;
  return TRUE;
}

static gboolean
strike_between_chunks (SimExchange *x)
{
  return !strikes_bytes (x) || x->fault->after_chunks < 0 ||
         x->sent_chunks < (guint64) x->fault->after_chunks || strike (x);
}

/* Frames @data, puts @head (transfer full, nullable) in front, sends both at once. */
gboolean
sim_wire_send (SimExchange *x, GString *head, const char *data, gsize length)
{
  g_autoptr (GString) out = head != NULL ? head : g_string_sized_new (length + 24);
  gsize head_length = out->len;
  gsize claimed = length;

  if (x->gone)
    return FALSE;
  if (x->chunked && length > 0)
    {
      if (x->fault != NULL && x->fault->kind == SIM_FAULT_WRONG_LENGTH)
        claimed = (gsize) MAX ((gint64) length + x->fault->delta, 1);
      g_string_append_printf (out, "%zx\r\n", claimed);
      g_string_append_len (out, data, (gssize) length);
      g_string_append (out, "\r\n");
    }
  else
    g_string_append_len (out, data, (gssize) length);
  if (x->fault == NULL || x->fault->kind < SIM_FAULT_RESET)
    {
      x->sent_bytes += out->len - head_length;
      x->sent_chunks += length > 0;
      return push (x, out->str, out->len);
    }
  if (head_length > 0 && !push (x, out->str, head_length))
    return FALSE;
  if (length == 0)
    return TRUE;
  if (!strike_between_chunks (x) || !send_body (x, out->str + head_length, out->len - head_length))
    return FALSE;
  x->sent_chunks++;
  return TRUE;
}

/* The end of a chunked answer. */
gboolean
sim_wire_finish (SimExchange *x)
{
  if (!strike_between_chunks (x))
    return FALSE;
  return push (x, "0\r\n\r\n", 5);
}

/* The Content-Length to claim for a body of @length. */
gint64
sim_wire_claim (SimExchange *x, gint64 length)
{
  if (x->fault == NULL || x->fault->kind != SIM_FAULT_WRONG_LENGTH || length < 0)
    return length;
  x->close = TRUE;
  return MAX (length + x->fault->delta, 0);
}
