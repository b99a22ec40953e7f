using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Cli.Replay;

/// <summary>
/// Compares, request by request, what the trace asked for, what the client saw, what the simulator served and billed, and what the
/// ledger posted. They come from four programs' books; the cost is worked out here once more, from the simulator's figures and
/// the price book.
/// </summary>
internal sealed class ReplayComparison
{
    private readonly List<string> differences = [];

    /// <summary>Compares.</summary>
    /// <param name="rows">The trace's rows.</param>
    /// <param name="answers">What the client saw of each.</param>
    /// <param name="served">What the simulator has.</param>
    /// <param name="ledger">What the ledger has.</param>
    /// <param name="price">What a usage costs by the price book: provider, model, time, usage; null where it has no price.</param>
    public ReplayComparison(
        IReadOnlyList<TraceRow> rows,
        IReadOnlyList<ReplayAnswer> answers,
        IReadOnlyList<ServedRequest> served,
        IReadOnlyList<LedgerRequest> ledger,
        Func<string, string, DateTimeOffset, TokenUsage, Money?> price
    )
    {
        var answersOf = answers.ToDictionary(answer => answer.Number);
        var servedOf = served.ToLookup(request => request.Number);
        var ledgerOf = ledger.ToLookup(request => request.Number);
        Requests = rows.Count;
        foreach (var row in rows)
        {
            var before = differences.Count;
            CompareRow(row, answersOf[row.Number], [.. servedOf[row.Number]], [.. ledgerOf[row.Number]], price);
            DifferingRequests += differences.Count > before ? 1 : 0;
        }
    }

    /// <summary>How many requests the trace has.</summary>
    public int Requests { get; }

    /// <summary>How many were answered.</summary>
    public int Answered { get; private set; }

    /// <summary>How many the gateway refused, and says so in the ledger.</summary>
    public int Refused { get; private set; }

    /// <summary>How many requests differ in something.</summary>
    public int DifferingRequests { get; private set; }

    /// <summary>Every difference, with the row that it is in.</summary>
    public IReadOnlyList<string> Differences => differences;

    /// <summary>What the trace asked for; only input and output are set.</summary>
    public ReplayTotals Asked { get; } = new();

    /// <summary>What the simulator served and billed, and what that costs by the price book.</summary>
    public ReplayTotals Served { get; } = new();

    /// <summary>What the ledger posted.</summary>
    public ReplayTotals Billed { get; } = new();

    private void CompareRow(
        TraceRow row,
        ReplayAnswer answer,
        ServedRequest[] served,
        LedgerRequest[] ledger,
        Func<string, string, DateTimeOffset, TokenUsage, Money?> price
    )
    {
        Asked.Add(row.InputTokens, 0, row.OutputTokens, Money.Zero);
        foreach (var posted in ledger)
        {
            Billed.Add(posted.Usage.InputTokens, posted.Usage.CachedInputTokens, posted.Usage.OutputTokens, posted.Cost);
        }

        if (ledger is [{ Refused: true }] && served.Length == 0 && answer.Status is >= 400 and < 500)
        {
            Refused++;
            return;
        }

        // An error is no difference where the ledger has it as one; what was billed for it is compared all the same.
        var errorIsKnown = ledger is [{ Outcome: not "completed" }];
        Check(row, answer.Answered || errorIsKnown, $"the client got {(answer.Status == 0 ? "no answer" : answer.Status)}: {answer.Error}");
        Check(row, served.Length == 1, $"the simulator served it {served.Length} times");
        Check(row, ledger.Length == 1, $"the ledger has it {ledger.Length} times");
        Answered += answer.Answered ? 1 : 0;
        foreach (var request in served)
        {
            var cost = ledger is [var only] ? price(only.Provider, request.Model, only.At, request.Usage) : null;
            Served.Add(request.Usage.InputTokens, request.Usage.CachedInputTokens, request.Usage.OutputTokens, cost ?? Money.Zero);
            if (answer.Answered)
            {
                CompareTokens(row, answer, request);
            }

            if (ledger is [var posted])
            {
                ComparePosted(row, request, posted, cost);
            }
        }
    }

    private void CompareTokens(TraceRow row, ReplayAnswer answer, ServedRequest request)
    {
        var (input, output) = (request.Usage.InputTokens, request.Usage.OutputTokens);
        Check(row, input == row.InputTokens, $"asked for {row.InputTokens} input tokens, served {input}");
        Check(row, output == row.OutputTokens, $"asked for {row.OutputTokens} output tokens, served {output}");
        Check(
            row,
            answer.InputTokens == input && answer.OutputTokens == output,
            $"the client saw {answer.InputTokens} in and {answer.OutputTokens} out, served were {input} and {output}"
        );
    }

    private void ComparePosted(TraceRow row, ServedRequest request, LedgerRequest posted, Money? cost)
    {
        var explain = $"(request {posted.RequestId})";
        Check(row, posted.Usage == request.Usage, $"served ≠ billed: {UsageNames.Difference(request.Usage, posted.Usage)} {explain}");
        Check(row, !posted.Uncertain, $"the ledger has it as estimated or unconfirmed {explain}");
        Check(row, cost is not null, $"the price book has no price for {posted.Provider}/{request.Model} {explain}");
        Check(row, cost is null || cost == posted.Cost, $"costs ${cost} by the price book, the ledger posted ${posted.Cost} {explain}");
    }

    private void Check(TraceRow row, bool same, string difference)
    {
        if (!same)
        {
            differences.Add($"row {row.Number}: {difference}");
        }
    }
}

/// <summary>Sums of one side.</summary>
internal sealed class ReplayTotals
{
    /// <summary>How many requests.</summary>
    public long Requests { get; private set; }

    /// <summary>Input tokens, cached ones included.</summary>
    public long Input { get; private set; }

    /// <summary>Input tokens read from a cache.</summary>
    public long Cached { get; private set; }

    /// <summary>Output tokens, reasoning included.</summary>
    public long Output { get; private set; }

    /// <summary>The cost.</summary>
    public Money Cost { get; private set; }

    /// <summary>Adds a request.</summary>
    public void Add(long input, long cached, long output, Money cost)
    {
        Requests++;
        Input += input;
        Cached += cached;
        Output += output;
        Cost += cost;
    }
}
