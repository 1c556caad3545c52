/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-job-query.h"
#include "store/foreman-store-database-private.h"

G_BEGIN_DECLS

#define FOREMAN_STORE_MAX_CONDITIONS 12

/**
 * ForemanStoreConditions:
 *
 * A statement over `jobs` in the making, with its values.
 */
typedef struct
{
  GString *sql; /* (owned) */
  ForemanStoreValue values[FOREMAN_STORE_MAX_CONDITIONS + 1];
  guint n_values;
} ForemanStoreConditions;

void foreman_store_conditions_init (ForemanStoreConditions *self,
                                    const char *select,
                                    const ForemanJobQuery *query);
void foreman_store_conditions_add (ForemanStoreConditions *self,
                                   const char *sql,
                                   ForemanStoreValue value);
const ForemanStoreValue *foreman_store_conditions_get_values (ForemanStoreConditions *self);
void foreman_store_conditions_clear (ForemanStoreConditions *self);

G_END_DECLS
