/* SPDX-License-Identifier: MIT */
#pragma once

#include "store/foreman-job-record.h"

G_BEGIN_DECLS

/**
 * FOREMAN_HOLD_AFTER:
 *
 * So many identical permanent errors in a row hold the jobs that are left.
 */
#define FOREMAN_HOLD_AFTER 10

/**
 * ForemanHoldRule:
 *
 * Notices when the jobs of a submitter, a group and a model all fail with the same error, so that
 * the rest can wait for somebody to look instead of failing, too. Memory does not grow with the
 * number of groups.
 */
typedef struct _ForemanHoldRule ForemanHoldRule;

ForemanHoldRule *foreman_hold_rule_new (void);
void foreman_hold_rule_free (ForemanHoldRule *self);
gboolean foreman_hold_rule_note_failure (ForemanHoldRule *self,
                                         const ForemanJobRecord *job,
                                         const char *error_message,
                                         const char *error_code);
void foreman_hold_rule_note_other (ForemanHoldRule *self, const ForemanJobRecord *job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForemanHoldRule, foreman_hold_rule_free)

G_END_DECLS
