using System.Collections.Concurrent;
using Purser.Core.Pricing;
using Purser.Routing;

namespace Purser.Gateway.Routing.Escalation;

/// <summary>
/// How often the answers of each model to each kind of work fail their checks, as seen here since the start. In memory alone. Safe for parallel calls.
/// </summary>
internal sealed class EscalationRates
{
    // As if one of twenty had failed before the first: it takes some answers to say otherwise.
    private const long PriorFailed = 1;
    private const long PriorChecked = 20;

    // What is older counts for less: at so many, both counts are halved.
    private const long Most = 1000;

    private readonly ConcurrentDictionary<(TaskClass Kind, string Model), (long Failed, long Checked)> counts = new();

    /// <summary>Takes one answer that was checked.</summary>
    /// <param name="kind">The kind of work.</param>
    /// <param name="model">The model, as the route names it.</param>
    /// <param name="failed">Whether it failed.</param>
    public void Add(TaskClass kind, string model, bool failed) =>
        counts.AddOrUpdate(
            (kind, model),
            static (_, one) => (one, 1),
            static (_, known, one) =>
                known.Checked >= Most ? ((known.Failed / 2) + one, (known.Checked / 2) + 1) : (known.Failed + one, known.Checked + 1),
            failed ? 1L : 0L
        );

    /// <summary>What going up is expected to cost: the chance that an answer fails, times what the model above it costs. Rounded up.</summary>
    /// <param name="kind">The kind of work.</param>
    /// <param name="model">The model, as the route names it.</param>
    /// <param name="above">What the request is expected to cost at the model above it.</param>
    public Money Expected(TaskClass kind, string model, Money above)
    {
        var (failed, total) = counts.GetValueOrDefault((kind, model));
        var (share, of) = (failed + PriorFailed, total + PriorChecked);
        return new Money((long)((((Int128)above.Nanos * share) + of - 1) / of));
    }
}
