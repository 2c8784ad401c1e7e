/* examples/nxnet/ping.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * ping, from a node to another that knows nothing of it: the answers come
 * from the stack.  The smallest complete use of the library; no sockets of
 * this machine, no privileges.
 *
 * It links with libnxnet.so:  cc ping.c -lnxnet
 */

#include <arpa/inet.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nxnet.h>

#define SEC   UINT64_C(1000000000)
#define ROOM  16                     /* Frames on the wire */

struct host_s
{
  struct nxnet_s *node;
  struct host_s *peer;
  int device;
  unsigned int nframes;
  size_t len[ROOM];
  unsigned char frame[ROOM][1514];
};

/* What one sends waits at the other, until wire() hands it over */

static void output(void *arg, const void *frame, size_t len)
{
  struct host_s *peer = ((struct host_s *)arg)->peer;

  if (peer->nframes < ROOM)
    {
      memcpy(peer->frame[peer->nframes], frame, len);
      peer->len[peer->nframes++] = len;
    }
}

static void wire(struct host_s *hosts, uint64_t now)
{
  static unsigned char frame[1514];
  int i;

  do
    {
      for (i = 0; i < 2; i++)
        {
          struct host_s *host = &hosts[i];

          nxnet_advance(host->node, now);
          if (host->nframes > 0)
            {
              size_t len = host->len[0];

              memcpy(frame, host->frame[0], len);
              host->nframes--;
              memmove(host->frame[0], host->frame[1],
                      host->nframes * sizeof(host->frame[0]));
              memmove(&host->len[0], &host->len[1],
                      host->nframes * sizeof(host->len[0]));
              nxnet_input(host->node, host->device, frame, len, false);
            }
        }
    }
  while (hosts[0].nframes + hosts[1].nframes > 0);
}

static void begin(struct host_s *host, struct host_s *peer, int number)
{
  struct nxnet_device_s device =
  {
    .name   = "eth0",
    .mac    = { 2, 0, 0, 0, 0, (unsigned char)number },
    .output = output,
    .arg    = host,
  };

  struct in_addr addr =
  {
    htonl(0x0a000000u + (uint32_t)number)
  };

  memset(host, 0, sizeof(*host));
  host->peer = peer;
  if (nxnet_create(NULL, &host->node) < 0)
    {
      fprintf(stderr, "ping: %s\n", nxnet_error());
      exit(1);
    }

  host->device = nxnet_device_add(host->node, &device);
  if (host->device < 0 ||
      nxnet_address_add(host->node, host->device, addr, 24) < 0)
    {
      fprintf(stderr, "ping: no address\n");
      exit(1);
    }
}

int main(int argc, char *argv[])
{
  static struct host_s hosts[2];
  struct sockaddr_in to =
  {
    .sin_family      = AF_INET,
    .sin_addr.s_addr = htonl(0x0a000002),
  };

  struct icmphdr request =
  {
    .type = ICMP_ECHO,
  };

  int count = argc > 1 ? atoi(argv[1]) : 3;
  int answers = 0;
  char buf[256];
  bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
  int sock;
  int i;

  if (help || argc > 2 || count <= 0 || count > 1000)
    {
      fprintf(help ? stdout : stderr, "usage: ping [count], 1 to 1000 (3): "
              "asks another node so often whether it is there\n");
      return help ? 0 : 2;
    }

  begin(&hosts[0], &hosts[1], 1);
  begin(&hosts[1], &hosts[0], 2);
  sock = nxnet_socket(hosts[0].node, AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
  for (i = 0; i < count; i++)
    {
      ssize_t n;

      request.un.echo.sequence = htons((uint16_t)i);
      nxnet_sendto(hosts[0].node, sock, &request, sizeof(request), 0,
                   (struct sockaddr *)&to, sizeof(to));
      wire(hosts, (uint64_t)(i + 1) * SEC);
      n = nxnet_recv(hosts[0].node, sock, buf, sizeof(buf), 0);
      if (n >= (ssize_t)sizeof(request))
        {
          printf("%zd bytes from 10.0.0.2: icmp_seq=%d\n", n, i);
          answers++;
        }
    }

  for (i = 0; i < 2; i++)
    {
      if (nxnet_destroy(hosts[i].node) < 0)
        {
          fprintf(stderr, "ping: %s\n", nxnet_error());
          return 1;
        }
    }

  return answers == count ? 0 : 1;
}
