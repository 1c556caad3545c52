/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store-database-private.h"

G_BEGIN_DECLS

/* "FORE": whose file it is, in the header of the file */
#define FOREMAN_STORE_APPLICATION_ID 0x464f5245

/* One step from a version of the schema to the next, in a transaction of its own. */
typedef void (*ForemanStoreMigration) (ForemanStoreDatabase *database);

int foreman_store_schema_get_version (void);
gboolean foreman_store_schema_migrate (ForemanStoreDatabase *database, GError **error);
gboolean foreman_store_schema_migrate_with (ForemanStoreDatabase *database,
                                            const ForemanStoreMigration *migrations,
                                            int n_migrations,
                                            GError **error);
char *foreman_store_schema_dup_backup_name (const char *path, int version);

G_END_DECLS
