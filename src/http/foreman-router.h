/* SPDX-License-Identifier: MIT */
#pragma once

#include "engine/foreman-endpoint.h"
#include "http/foreman-exchange.h"

G_BEGIN_DECLS

/**
 * ForemanRouteClass:
 * @FOREMAN_ROUTE_OWN: foreman's own
 * @FOREMAN_ROUTE_READ: Ollama's lists, answered from the inventory
 * @FOREMAN_ROUTE_CHAT: inference that passes the gate
 * @FOREMAN_ROUTE_EMBED: inference beside the gate
 * @FOREMAN_ROUTE_CHANGE: what changes the models on the box
 * @FOREMAN_ROUTE_FORWARD: everything else the target has
 *
 * What kind of request a route serves; the label `class` of the metrics.
 */
typedef enum
{
  FOREMAN_ROUTE_OWN,
  FOREMAN_ROUTE_READ,
  FOREMAN_ROUTE_CHAT,
  FOREMAN_ROUTE_EMBED,
  FOREMAN_ROUTE_CHANGE,
  FOREMAN_ROUTE_FORWARD,
} ForemanRouteClass;

#define FOREMAN_N_ROUTE_CLASSES (FOREMAN_ROUTE_FORWARD + 1)

struct _ForemanRoute
{
  const char *path;    /* decoded; see foreman_route_pattern_fits() */
  const char *methods; /* those that @handle serves, with a space between; others are forwarded */
  ForemanScopes scope; /* 0: none is needed */
  ForemanRouteClass class;
  void (*handle) (ForemanExchange *exchange);
  ForemanEndpoint endpoint; /* of an inference route */
};

const ForemanRoute *foreman_router_find (const char *method, const char *path);
const ForemanRoute *foreman_router_get_table (gsize *n_routes);
gboolean foreman_route_is_own (const ForemanRoute *route);
gboolean foreman_route_is_inference (const ForemanRoute *route);
const char *foreman_route_class_to_string (ForemanRouteClass class);

G_END_DECLS
