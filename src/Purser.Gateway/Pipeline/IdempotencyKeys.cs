using System.Text;
using Microsoft.AspNetCore.Http;
using Purser.Gateway.Storage;

namespace Purser.Gateway.Pipeline;

/// <summary>
/// What clients call their requests by: a retry with the same <c>Idempotency-Key</c> is another attempt of the same request. Kept in
/// memory alone; answers aren't kept, so they can't be given again. Safe for parallel calls: one retry wins.
/// </summary>
/// <param name="clock">For expiry and for how long an attempt whose client has gone is waited for.</param>
/// <param name="capacity">The most ended requests that are kept; the one that ended first goes first.</param>
internal sealed class IdempotencyKeys(TimeProvider clock, int capacity = 100_000)
{
    /// <summary>The header.</summary>
    public const string Header = "Idempotency-Key";

    private const int LongestKey = 256;
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    // A cancelled stream settles at once; an answer that isn't streamed is read to its end, which can take longer than clients wait.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // A client that has read its whole answer may be back before the last lines here have run.
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private readonly Dictionary<Sha256Value, Known> byName = [];

    // Requests that no attempt of is under way, in the order in which they ended. Those under way are bounded by their connections.
    private readonly LinkedList<Known> ended = [];

    /// <summary>How many keys are known.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return byName.Count;
            }
        }
    }

    /// <summary>
    /// Begins a request, or the next attempt of the one that the client's key names. Waits for an earlier attempt whose client has
    /// gone. Dispose what it returns when the request is settled.
    /// </summary>
    /// <param name="exchange">The request, with its body.</param>
    /// <param name="virtualKey">The id of the virtual key: each has names of its own.</param>
    /// <exception cref="OperationCanceledException">The client left meanwhile.</exception>
    public ValueTask<(RequestRun? Run, Refusal? Refusal)> BeginAsync(Exchange exchange, string virtualKey)
    {
        if (!exchange.Http.Request.Headers.TryGetValue(Header, out var values))
        {
            return new((new RequestRun(exchange.RequestId), null));
        }

        if (values is not [{ Length: > 0 and <= LongestKey } name] || name.Any(char.IsControl))
        {
            return new(
                (
                    null,
                    Refusal.BadRequest(
                        "invalid_idempotency_key",
                        $"{Header} must be one value of 1 to {LongestKey} characters without control characters."
                    )
                )
            );
        }

        return BeginAsync(
            exchange,
            Sha256Value.OfContent(Encoding.UTF8.GetBytes($"{virtualKey}\n{exchange.Format.Name}\n{name}")),
            Sha256Value.OfContent(exchange.Body.Span)
        );
    }

    /// <summary>An attempt of the request has ended.</summary>
    internal void End(Known known, RequestRun run)
    {
        lock (gate)
        {
            (known.Run, known.Earlier) = (null, run.Summary);
            if (run.Last == 0)
            {
                // Nothing was sent: the client may come with anything under this name.
                byName.Remove(known.Name);
                return;
            }

            known.EndedAt = clock.GetUtcNow();
            ended.AddLast(known.Place);
            Trim();
        }
    }

    private async ValueTask<(RequestRun? Run, Refusal? Refusal)> BeginAsync(Exchange exchange, Sha256Value name, Sha256Value body)
    {
        var client = exchange.Http.RequestAborted;
        var began = clock.GetTimestamp();
        while (true)
        {
            var (run, refusal, earlier) = Take(exchange, name, body);
            if (earlier is null)
            {
                return (run, refusal);
            }

            try
            {
                if (refusal is not null)
                {
                    // In all, not for each of several that come one after another.
                    var moment = Moment - clock.GetElapsedTime(began);
                    await earlier.WaitAsync(moment > TimeSpan.Zero ? moment : TimeSpan.Zero, TimeProvider.System, client);
                    continue;
                }

                var left = Patience - clock.GetElapsedTime(began);
                await earlier.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock, client);
            }
            catch (TimeoutException)
            {
                return (null, refusal ?? InProgress(exchange, "An attempt whose client has gone is still under way"));
            }
        }
    }

    /// <summary>Takes the request, or says why not, or what to wait for (with a refusal: for a moment, before that is the answer).</summary>
    private (RequestRun? Run, Refusal? Refusal, Task? Earlier) Take(Exchange exchange, Sha256Value name, Sha256Value body)
    {
        lock (gate)
        {
            Trim();
            if (!byName.TryGetValue(name, out var known))
            {
                known = new Known(name, body, exchange.RequestId);
                byName.Add(name, known);
            }
            else if (known.Body != body)
            {
                var reused = new Refusal(
                    StatusCodes.Status422UnprocessableEntity,
                    "idempotency_key_reused",
                    $"This {Header} was sent with another body before. Every request needs a key of its own; only its retries repeat it."
                );
                return (null, reused, null);
            }
            else if (known.Run is { } underWay)
            {
                var refusal = underWay.ClientIsGone
                    ? null
                    : InProgress(exchange, "The request with this key is still under way, and its client still listens");
                return (null, refusal, underWay.Ended);
            }
            else
            {
                ended.Remove(known.Place);
            }

            known.Run = new RequestRun(known.Earlier, this, known, exchange.Http.RequestAborted);
            return (known.Run, null, null);
        }
    }

    /// <summary>Forgets what is too old or too much.</summary>
    private void Trim()
    {
        var oldest = clock.GetUtcNow() - Lifetime;
        while (ended.First is { } first && (ended.Count > capacity || first.Value.EndedAt <= oldest))
        {
            ended.RemoveFirst();
            byName.Remove(first.Value.Name);
        }
    }

    private static Refusal InProgress(Exchange exchange, string what) =>
        new(StatusCodes.Status409Conflict, "idempotency_in_progress", $"{what}. Nothing was sent for this retry; try again in a second.")
        {
            ResetsAt = exchange.StartedAt.AddSeconds(1),
            RetryHelps = true,
        };

    /// <summary>A request that a client has named.</summary>
    internal sealed class Known
    {
        public Known(Sha256Value name, Sha256Value body, Guid request)
        {
            (Name, Body) = (name, body);
            Place = new LinkedListNode<Known>(this);
            Earlier = new RunSummary(request, 0);
        }

        /// <summary>Its name and whose it is, hashed: of one size however long the client's key is.</summary>
        public Sha256Value Name { get; }

        /// <summary>The hash of its body.</summary>
        public Sha256Value Body { get; }

        /// <summary>Its place among those that ended.</summary>
        public LinkedListNode<Known> Place { get; }

        /// <summary>The attempts under way, or null.</summary>
        public RequestRun? Run { get; set; }

        /// <summary>What the attempts that ended leave to the next one.</summary>
        public RunSummary Earlier { get; set; }

        /// <summary>When its latest attempt ended.</summary>
        public DateTimeOffset EndedAt { get; set; }
    }
}
