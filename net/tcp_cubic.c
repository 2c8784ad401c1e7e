/* net/tcp_cubic.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * CUBIC (RFC 9438): after a loss cwnd follows a cubic function of the time,
 *
 *   W(t) = C (t - K)^3 + W_max,   K = cbrt((W_max - cwnd) / C)
 *
 * flat around W_max, where the loss was, then growing faster; so it does not
 * depend on the round trip.  Where NewReno would be faster (short round
 * trips), cwnd follows an estimate of that.  W is in segments, t in seconds,
 * C is 0.4, and a loss leaves 0.7 of the window.
 *
 * Here cwnd and W_max are bytes, times milliseconds, and all is integer.
 */

#include <nuttx/config.h>

#include "tcp.h"

/* Largest x with x^3 <= n */

static uint32_t cube_root(uint64_t n)
{
  uint64_t x = 0;
  int shift;

  for (shift = 63; shift >= 0; shift -= 3)
    {
      uint64_t y;

      x *= 2;
      y  = 3 * x * (x + 1) + 1;
      if ((n >> shift) >= y)
        {
          n -= y << shift;
          x++;
        }
    }

  return (uint32_t)x;
}

static void cubic_init(struct tcp_conn_s *conn)
{
  struct tcp_cubic_s *cubic = &conn->snd->cubic;

  cubic->epoch = 0;
  cubic->wmax  = 0;
  conn->snd->acked_rest = 0;
}

/* A new curve starts now */

static void start_epoch(struct tcp_conn_s *conn, nettime_t now)
{
  struct tcp_snd_s *snd = conn->snd;
  struct tcp_cubic_s *cubic = &snd->cubic;
  uint32_t smss = tcp_smss(conn);

  cubic->epoch  = now;
  cubic->cprior = snd->cwnd;
  cubic->west   = snd->cwnd;
  if (cubic->wmax > snd->cwnd)
    {
      /* K^3 = (wmax - cwnd) / smss / 0.4 s^3, that is 1e9 ms^3 */

      cubic->k_ms = cube_root((uint64_t)(cubic->wmax - snd->cwnd) *
                              2500000000ull / smss);
    }
  else
    {
      cubic->wmax = snd->cwnd;
      cubic->k_ms = 0;
    }
}

/* W(t), bytes */

static uint32_t curve(struct tcp_conn_s *conn, uint64_t t_ms)
{
  const struct tcp_cubic_s *cubic = &conn->snd->cubic;
  bool before = t_ms < cubic->k_ms;
  uint64_t d = before ? cubic->k_ms - t_ms : t_ms - cubic->k_ms;
  uint64_t delta;

  /* 0.4 d^3 / 1e9 segments.  100 s are far more than any window takes. */

  d     = d < 100000 ? d : 100000;
  delta = d * d * d / 2500000 * tcp_smss(conn) / 1000;
  if (before)
    {
      return cubic->wmax > delta ? cubic->wmax - (uint32_t)delta : 0;
    }

  delta += cubic->wmax;
  return delta < INT32_MAX ? (uint32_t)delta : INT32_MAX;
}

/* The estimate of what NewReno would have, RFC 9438 4.3: alpha is 3 * 0.3 /
 * 1.7 segments a window, and 1 once it has come back to where it was
 */

static void estimate(struct tcp_conn_s *conn, uint32_t acked)
{
  struct tcp_snd_s *snd = conn->snd;
  struct tcp_cubic_s *cubic = &snd->cubic;
  uint64_t inc = (uint64_t)acked * tcp_smss(conn);

  if (cubic->west < cubic->wmax)
    {
      inc = inc * 9 / 17;
    }

  inc         += cubic->rest;
  cubic->west += (uint32_t)(inc / snd->cwnd);
  cubic->rest  = (uint32_t)(inc % snd->cwnd);
}

static void cubic_grow(struct tcp_conn_s *conn, uint32_t acked,
                       nettime_t now)
{
  struct tcp_snd_s *snd = conn->snd;
  struct tcp_cubic_s *cubic = &snd->cubic;
  uint32_t smss = tcp_smss(conn);
  uint32_t target;
  uint64_t inc;

  if (snd->cwnd < snd->ssthresh)
    {
      tcp_slow_start(conn, acked);
      return;
    }

  if (cubic->epoch == 0)
    {
      start_epoch(conn, now);
    }

  estimate(conn, acked);

  /* Where the curve will be one round trip from now, at most 1.5 cwnd */

  target = curve(conn, (now - cubic->epoch) / NET_MSEC +
                 snd->srtt_us / 1000);
  if (target > snd->cwnd + snd->cwnd / 2)
    {
      target = snd->cwnd + snd->cwnd / 2;
    }

  if (target > snd->cwnd)
    {
      /* (target - cwnd) / cwnd for each byte that was acknowledged */

      inc = (uint64_t)(target - snd->cwnd) * acked + snd->acked_rest;
      snd->acked_rest = (uint32_t)(inc % snd->cwnd);
      inc /= snd->cwnd;
      snd->cwnd += (uint32_t)(inc < smss ? inc : smss);
    }

  if (snd->cwnd < cubic->west)
    {
      snd->cwnd = cubic->west;
    }
}

static uint32_t cubic_reduce(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  struct tcp_cubic_s *cubic = &snd->cubic;
  uint32_t least = 2 * tcp_smss(conn);
  uint32_t left = (uint32_t)((uint64_t)snd->cwnd * 7 / 10);

  /* Fast convergence: somebody new wants room, leave it some more */

  if (snd->cwnd < cubic->wmax)
    {
      cubic->wmax = (uint32_t)((uint64_t)snd->cwnd * 17 / 20);
    }
  else
    {
      cubic->wmax = snd->cwnd;
    }

  cubic->epoch = 0;
  return left > least ? left : least;
}

const struct tcp_cc_s g_tcp_cubic =
{
  .name   = "cubic",
  .init   = cubic_init,
  .grow   = cubic_grow,
  .reduce = cubic_reduce,
};
