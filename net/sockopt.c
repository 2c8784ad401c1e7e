/* net/sockopt.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Options of level SOL_SOCKET: those that are the same for every protocol.
 *
 * Values, lengths and errors are Linux': flags read back as 0 or 1; a buffer
 * size is doubled when set and tells the doubled value, because it is memory
 * that is counted and not payload; an option that is not known, or one that
 * can only be read, is -ENOPROTOOPT when set.
 *
 * Some are of interest to a protocol, which is told after they were set: the
 * buffers by si_buffers, SO_KEEPALIVE and SO_OOBINLINE by si_setsockopt with
 * level SOL_SOCKET, where -ENOPROTOOPT is no error.
 */

#include "sock.h"

#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <string.h>
#include <sys/time.h>

#include <nuttx/clock.h>

/* Linux' numbers for time-outs: the first pair has a struct timeval of two
 * longs, the second one of 64 bits each.
 */

#define TIMEO_RCV_OLD  20
#define TIMEO_SND_OLD  21
#define TIMEO_RCV_NEW  66
#define TIMEO_SND_NEW  67

#ifndef SO_BINDTOIFINDEX
#  define SO_BINDTOIFINDEX 62
#endif

/* Buffers: before doubling at most so much, afterwards at least so much */

#define BUFFER_MAX     (8 * 1024 * 1024)
#define RCVBUF_MIN     2304
#define SNDBUF_MIN     4608

/* Options that are a bit of the connection */

static const struct
{
  int option;
  uint16_t bit;
  bool tell;                         /* The protocol wants to know */
}
g_bits[] =
{
  { SO_REUSEADDR,   CONN_REUSEADDR,   false },
  { SO_REUSEPORT,   CONN_REUSEPORT,   false },
  { SO_KEEPALIVE,   CONN_KEEPALIVE,   true  },
  { SO_BROADCAST,   CONN_BROADCAST,   false },
  { SO_OOBINLINE,   CONN_OOBINLINE,   true  },
  { SO_DONTROUTE,   CONN_DONTROUTE,   true  },
  { SO_TIMESTAMP,   CONN_TIMESTAMP,   false },
  { SO_TIMESTAMPNS, CONN_TIMESTAMPNS, false }
};

static int find_bit(int option)
{
  size_t i;

  for (i = 0; i < nitems(g_bits); i++)
    {
      if (g_bits[i].option == option)
        {
          return i;
        }
    }

  return -ENOPROTOOPT;
}

/* Time-outs: in nanoseconds, 0 for ever ************************************/

static bool is_timeout(int option)
{
  return option == TIMEO_RCV_OLD || option == TIMEO_SND_OLD ||
         option == TIMEO_RCV_NEW || option == TIMEO_SND_NEW;
}

static uint64_t *timeout_of(struct socket *psock, int option)
{
  return option == TIMEO_RCV_OLD || option == TIMEO_RCV_NEW ?
         &psock->s_rcvtimeo : &psock->s_sndtimeo;
}

static int set_timeout(struct socket *psock, int option, const void *value,
                       socklen_t len)
{
  bool wide = option == TIMEO_RCV_NEW || option == TIMEO_SND_NEW;
  uint64_t *timeo = timeout_of(psock, option);
  int64_t tv[2];
  long old[2];

  if (len < (wide ? sizeof(tv) : sizeof(old)))
    {
      return -EINVAL;
    }

  if (wide)
    {
      memcpy(tv, value, sizeof(tv));
    }
  else
    {
      memcpy(old, value, sizeof(old));
      tv[0] = old[0];
      tv[1] = old[1];
    }

  if (tv[1] < 0 || tv[1] >= USEC_PER_SEC)
    {
      return -EDOM;
    }

  /* A time before now is over at once, as on Linux; one beyond what can be
   * counted never is.
   */

  if (tv[0] < 0)
    {
      *timeo = 1;
    }
  else
    {
      *timeo = tv[0] >= INT64_MAX / NSEC_PER_SEC ? 0 :
               (uint64_t)tv[0] * NSEC_PER_SEC + tv[1] * NSEC_PER_USEC;
    }

  return 0;
}

static int get_timeout(struct socket *psock, int option, void *value,
                       socklen_t *len)
{
  uint64_t timeo = *timeout_of(psock, option);
  int64_t tv[2];
  long old[2];

  tv[0] = timeo / NSEC_PER_SEC;
  tv[1] = timeo % NSEC_PER_SEC / NSEC_PER_USEC;

  if (option == TIMEO_RCV_NEW || option == TIMEO_SND_NEW)
    {
      return sockopt_put(value, len, tv, sizeof(tv));
    }

  old[0] = tv[0];
  old[1] = tv[1];
  return sockopt_put(value, len, old, sizeof(old));
}

/* Others *******************************************************************/

static int set_linger(struct socket *psock, const void *value, socklen_t len)
{
  struct linger linger;

  if (len < sizeof(linger))
    {
      return -EINVAL;
    }

  memcpy(&linger, value, sizeof(linger));
  psock->s_linger = linger.l_onoff == 0 ? -1 :
                    linger.l_linger < 0 ? INT_MAX : linger.l_linger;
  return 0;
}

/* A name, ended by NUL or by the length; the empty one unbinds */

static int set_device(struct socket *psock, const void *value, socklen_t len)
{
  char name[IFNAMSIZ];
  struct netif_s *nif;
  size_t n = MIN(len, (socklen_t)(sizeof(name) - 1));

  memset(name, 0, sizeof(name));
  if (n > 0)
    {
      memcpy(name, value, n);
    }

  if (name[0] == '\0')
    {
      psock->s_conn->ifindex = 0;
    }
  else
    {
      nif = netif_findbyname(name);
      if (nif == NULL)
        {
          return -ENODEV;
        }

      psock->s_conn->ifindex = nif->dev->d_ifindex;
    }

  psock->s_conn->path.ip = NULL;
  return 0;
}

static int get_device(struct socket *psock, void *value, socklen_t *len)
{
  struct netif_s *nif;

  if (psock->s_conn->ifindex == 0)
    {
      *len = 0;
      return 0;
    }

  if (*len < IFNAMSIZ)
    {
      return -EINVAL;
    }

  nif = netif_find(psock->s_conn->ifindex);
  if (nif == NULL)
    {
      return -ENODEV;
    }

  return sockopt_put(value, len, nif->dev->d_ifname,
                     strlen(nif->dev->d_ifname) + 1);
}

static uint32_t buffer_size(int value, uint32_t least)
{
  uint32_t size = value < 0 || value > BUFFER_MAX ? BUFFER_MAX : value;

  return MAX(2 * size, least);
}

static int set_int(struct socket *psock, int option, int value)
{
  struct socket_conn_s *conn = psock->s_conn;

  switch (option)
    {
      case SO_SNDBUF:
      case SO_RCVBUF:
        if (option == SO_SNDBUF)
          {
            conn->sndbuf   = buffer_size(value, SNDBUF_MIN);
            conn->buflock |= CONN_LOCK_SNDBUF;
          }
        else
          {
            conn->rcvbuf   = buffer_size(value, RCVBUF_MIN);
            conn->buflock |= CONN_LOCK_RCVBUF;
          }

        if (psock->s_sockif->si_buffers != NULL)
          {
            psock->s_sockif->si_buffers(psock);
          }

        return 0;

      case SO_RCVLOWAT:
        psock->s_rcvlowat = value < 0 ? INT_MAX : MAX(value, 1);
        sock_event(psock, psock->s_sockif->si_poll(psock));
        return 0;

      case SO_PRIORITY:
        if (value < 0 || value > 6)
          {
            return -EPERM;
          }

        conn->priority = value;
        return 0;

      case SO_BINDTOIFINDEX:
        if (value < 0)
          {
            return -EINVAL;
          }

        if (value != 0 && netif_find(value) == NULL)
          {
            return -ENODEV;
          }

        conn->ifindex = value;
        conn->path.ip = NULL;
        return 0;

      default:
        return -ENOPROTOOPT;
    }
}

static int set_bit(struct socket *psock, int i, int value)
{
  if (value != 0)
    {
      psock->s_conn->options |= g_bits[i].bit;
    }
  else
    {
      psock->s_conn->options &= ~g_bits[i].bit;
    }

  if (g_bits[i].option == SO_DONTROUTE)
    {
      psock->s_conn->path.ip = NULL;
    }

  if (g_bits[i].tell && psock->s_sockif->si_setsockopt != NULL)
    {
      int ret = psock->s_sockif->si_setsockopt(psock, SOL_SOCKET,
                                               g_bits[i].option, &value,
                                               sizeof(value));

      return ret == -ENOPROTOOPT ? 0 : ret;
    }

  return 0;
}

int sock_setsockopt(struct socket *psock, int option, const void *value,
                    socklen_t len)
{
  int bit = find_bit(option);
  int number;
  int ret;

  if (option == SO_BINDTODEVICE)
    {
      return set_device(psock, value, len);
    }

  if (option == SO_LINGER)
    {
      return set_linger(psock, value, len);
    }

  if (is_timeout(option))
    {
      return set_timeout(psock, option, value, len);
    }

  ret = sockopt_get_int(value, len, &number);
  return ret < 0 ? ret : bit >= 0 ? set_bit(psock, bit, number) :
                                    set_int(psock, option, number);
}

/* Those whose value is a number, and -ENOPROTOOPT for others */

static int get_int(struct socket *psock, int option, int *value)
{
  struct socket_conn_s *conn = psock->s_conn;

  switch (option)
    {
      case SO_ERROR:
        *value = -conn_take_error(conn);
        return 0;

      case SO_TYPE:
        *value = psock->s_type;
        return 0;

      case SO_DOMAIN:
        *value = psock->s_domain;
        return 0;

      case SO_PROTOCOL:
        *value = psock->s_proto;
        return 0;

      case SO_ACCEPTCONN:
        *value = (psock->s_flags & SOCK_LISTENING) != 0;
        return 0;

      case SO_SNDBUF:
        *value = conn->sndbuf;
        return 0;

      case SO_RCVBUF:
        *value = conn->rcvbuf;
        return 0;

      case SO_RCVLOWAT:
        *value = psock->s_rcvlowat;
        return 0;

      case SO_SNDLOWAT:
        *value = 1;
        return 0;

      case SO_PRIORITY:
        *value = conn->priority;
        return 0;

      case SO_BINDTOIFINDEX:
        *value = conn->ifindex;
        return 0;

      default:
        return -ENOPROTOOPT;
    }
}

int sock_getsockopt(struct socket *psock, int option, void *value,
                    socklen_t *len)
{
  int bit = find_bit(option);
  struct linger linger;
  int number;
  int ret;

  if (option == SO_BINDTODEVICE)
    {
      return get_device(psock, value, len);
    }

  if (is_timeout(option))
    {
      return get_timeout(psock, option, value, len);
    }

  if (option == SO_LINGER)
    {
      linger.l_onoff  = psock->s_linger >= 0;
      linger.l_linger = MAX(psock->s_linger, 0);
      return sockopt_put(value, len, &linger, sizeof(linger));
    }

  if (bit >= 0)
    {
      number = (psock->s_conn->options & g_bits[bit].bit) != 0;
    }
  else
    {
      ret = get_int(psock, option, &number);
      if (ret < 0)
        {
          return ret;
        }
    }

  return sockopt_put(value, len, &number, sizeof(number));
}
