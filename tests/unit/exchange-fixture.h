/* SPDX-License-Identifier: MIT */
#pragma once

#include "connection-fixture.h"
#include "http/foreman-exchange.h"

G_BEGIN_DECLS

/* A request that waits for its answer, and what became of it. */
typedef struct
{
  Fixture client;
  ForemanHttpContext context; /* as little as is needed */
  ForemanExchange *exchange;
  guint n_finished;
  guint n_gone;
} ExchangeFixture;

void exchange_fixture_set_up (ExchangeFixture *self, const char *request, const Options *options);
void exchange_fixture_tear_down (ExchangeFixture *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ExchangeFixture, exchange_fixture_tear_down)

void exchange_fixture_begin (ExchangeFixture *self, gint64 length);

/* What every answer to @exchange says of itself, between its status line and its framing. */
char *exchange_fixture_dup_id_line (ExchangeFixture *self);

G_END_DECLS
