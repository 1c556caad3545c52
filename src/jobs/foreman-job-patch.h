/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-store-types.h"
#include "store/foreman-submission.h"

G_BEGIN_DECLS

ForemanSubmission *
foreman_job_patch_read (GBytes *body, int max_priority, ForemanJobPatch *patch, GError **error);

G_END_DECLS
