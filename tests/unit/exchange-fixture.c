/* SPDX-License-Identifier: MIT */
#include "exchange-fixture.h"

#include <string.h>

static void
on_finished (ForemanExchange *exchange, ExchangeFixture *self)
{
  g_assert_true (foreman_exchange_is_over (exchange));
  self->n_finished++;
}

static void
on_gone (ForemanExchange *exchange, ExchangeFixture *self)
{
  self->n_gone++;
}

void
exchange_fixture_set_up (ExchangeFixture *self, const char *request, const Options *options)
{
  memset (self, 0, sizeof *self);
  fixture_set_up (&self->client, options);
  self->context.clock = foreman_clock_new ();
  self->context.gate = foreman_gate_new (self->context.clock, "1", 10, 10, NULL);
  fixture_send (&self->client, request);
  self->exchange = foreman_exchange_new (&self->context, self->client.connection,
                                         foreman_connection_get_head (self->client.connection));
  g_signal_connect (self->exchange, "finished", G_CALLBACK (on_finished), self);
  g_signal_connect (self->exchange, "gone", G_CALLBACK (on_gone), self);
}

void
exchange_fixture_tear_down (ExchangeFixture *self)
{
  fixture_settle (&self->client);
  g_assert_finalize_object (self->exchange);
  fixture_tear_down (&self->client);
  g_assert_finalize_object (self->context.gate);
  g_assert_finalize_object (self->context.clock);
}

void
exchange_fixture_begin (ExchangeFixture *self, gint64 length)
{
  g_autoptr (GString) headers = g_string_new (NULL);

  foreman_exchange_begin (self->exchange, 200, "OK", headers, length);
}

char *
exchange_fixture_dup_id_line (ExchangeFixture *self)
{
  return g_strdup_printf ("X-Request-Id: %s\r\n",
                          foreman_exchange_get_record (self->exchange)->request_id);
}
