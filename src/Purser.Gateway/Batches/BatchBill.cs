using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Gateway.Pipeline;
using Purser.Gateway.Storage;
using Purser.Providers.Batches;

namespace Purser.Gateway.Batches;

/// <summary>What a batch cost, from the lines of its results. Holds sums by model, and nothing of the answers.</summary>
/// <param name="batches">The vendor's batches.</param>
/// <param name="record">What is kept of the batch.</param>
/// <param name="held">What is held for it, an attempt for each model.</param>
/// <param name="provider">Where it is.</param>
/// <param name="catalog">The prices.</param>
internal sealed class BatchBill(
    BatchFormat batches,
    BatchRecord record,
    IReadOnlyList<Core.Ledger.Reservation> held,
    string provider,
    ModelCatalog catalog
)
{
    private readonly List<PartBill> parts =
    [
        .. record
            .Parts.Select(part => (Part: part, Held: held.FirstOrDefault(open => open.Id.Attempt == part.Attempt)))
            .Where(pair => pair.Held is not null)
            .Select(pair => new PartBill(pair.Part, pair.Held!, provider, catalog)),
    ];

    private bool isGone;

    /// <summary>What the requests for each model cost.</summary>
    public IReadOnlyList<PartBill> Parts => parts;

    /// <summary>How many of its requests have a result that isn't billed.</summary>
    public long NotBilled { get; private set; }

    /// <summary>Whether anything is held for it still; where nothing is, it was settled before.</summary>
    public bool IsOpen => parts.Count > 0;

    /// <summary>Takes a line of the results.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        var usage = batches.Results.Read(line, record.Parts is [var only] ? only.Model : null);
        if (usage.NotBilled is not null)
        {
            NotBilled++;
            return;
        }

        PartOf(usage.ServedModel).Add(usage, usage.Error is null ? BatchFormat.CustomId(line) : null);
    }

    /// <summary>
    /// All results that can be had were taken. Answers that the provider counts and that weren't among them can't be priced.
    /// </summary>
    /// <param name="answered">How many answers the provider counts; null where it doesn't say.</param>
    /// <param name="areGone">Whether results can't be had any more.</param>
    public void Complete(long? answered, bool areGone)
    {
        isGone = areGone;
        var seen = parts.Sum(part => part.Priced + part.Unpriced);
        var missing =
            answered is { } count ? Math.Min(count, record.Lines) - seen
            : areGone ? record.Lines - seen - NotBilled
            : 0;
        // Whose they are isn't known: the dear side.
        foreach (var part in parts.OrderByDescending(part => part.Part.MostNanos))
        {
            var own = Math.Min(missing, part.Left);
            if (own > 0)
            {
                part.Miss(own, areGone ? "the results can't be had any more" : "the provider counts answers that aren't among the results");
                missing -= own;
            }
        }
    }

    /// <summary>What is posted for each model.</summary>
    /// <param name="batch">The batch's id.</param>
    /// <param name="credential">What it was made with.</param>
    /// <param name="state">What the provider said of it last; null where it's gone.</param>
    /// <param name="at">The present.</param>
    public IReadOnlyList<BatchPost> Posts(string batch, string credential, BatchState? state, DateTimeOffset at)
    {
        var posts = new List<BatchPost>(parts.Count);
        foreach (var part in parts)
        {
            var (usage, actual) = part.Close();
            var marks =
                part.Unpriced == 0 ? JournalMarks.None
                : isGone ? JournalMarks.Estimated | JournalMarks.Unconfirmed
                : JournalMarks.Estimated;
            var usageEvent = new UsageEvent
            {
                Attempt = part.Held.Id,
                StartedAt = JournalWriter.Microseconds(part.Held.AdmittedAt),
                Outcome = OutcomeOf(state?.End),
                Status = state is null ? 404 : 200,
                ModelServed = part.Served is { Count: 1 } one ? one.First() : null,
                ProviderRequestId = batch,
                Usage = usage,
                Cost = actual.Cost,
                Ceiling = part.Held.Held.Cost,
                Marks = marks,
                Duration = (at - part.Held.AdmittedAt).Ticks / TimeSpan.TicksPerMicrosecond,
                Detail = BatchDetail.Of(batch, credential, state, part, record, NotBilled),
            };
            posts.Add(new BatchPost(usageEvent, actual));
        }

        return posts;
    }

    /// <summary>What all of it cost.</summary>
    public static Money Total(IEnumerable<BatchPost> posts) => posts.Aggregate(Money.Zero, static (sum, post) => sum + post.Event.Cost);

    private static Outcome OutcomeOf(BatchEnd? end) =>
        end switch
        {
            null => Outcome.Unconfirmed,
            BatchEnd.Failed => Outcome.ProviderError,
            BatchEnd.Cancelled => Outcome.ClientClosed,
            BatchEnd.Expired => Outcome.Timeout,
            _ => Outcome.Completed,
        };

    /// <summary>The requests that an answer belongs to: those for the model that it names, as the price book knows it.</summary>
    private PartBill PartOf(string? served)
    {
        if (parts.Count == 1 || served is null)
        {
            return parts.FirstOrDefault(part => part.Left > 0) ?? parts[0];
        }

        var known = Pricer.Known(catalog, provider, served);
        return parts.FirstOrDefault(part => part.Part.Model == served && part.Left > 0)
            ?? parts.FirstOrDefault(part => known is not null && Pricer.Known(catalog, provider, part.Part.Model) == known && part.Left > 0)
            ?? parts.FirstOrDefault(part => part.Left > 0)
            ?? parts[0];
    }
}
