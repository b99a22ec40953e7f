using System.Globalization;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Gateway.Objects;
using Purser.Gateway.Pipeline;
using Purser.Providers;
using Purser.Providers.Batches;

namespace Purser.Gateway.Batches;

/// <summary>The requests of a batch for one model, summed.</summary>
/// <param name="attempt">The number of the ledger's attempt.</param>
/// <param name="candidate">The first one's model and ceiling.</param>
/// <param name="profile">What the first one asks.</param>
internal sealed class PlannedPart(byte attempt, Candidate candidate, TaskProfile profile)
{
    private Money most = Money.Zero;
    private long mostInput;
    private long mostOutput;
    private bool isPlain = true;

    /// <summary>Its model, with the first request's ceiling.</summary>
    public Candidate First => candidate;

    /// <summary>How many requests it has.</summary>
    public long Lines { get; private set; }

    /// <summary>The most that all of them can cost and use.</summary>
    public Amount Held { get; private set; }

    /// <summary>As it's kept.</summary>
    public BatchPart Part => new(attempt, candidate.Model.Model, Lines, most.Nanos, mostInput, mostOutput);

    /// <summary>What they ask in all, for finding a model that all of it would fit: as many contexts as there are requests, with as much in each.</summary>
    public TaskProfile Whole =>
        profile with
        {
            BodyBytes = Held.Parts.Input,
            Inputs = Lines,
            Choices = Lines,
            // What isn't text alone, answered in one turn, can't be summed so.
            MaxOutputTokens = isPlain ? (Held.Parts.Output + Lines - 1) / Lines : 0,
        };

    /// <summary>Adds a request.</summary>
    public void Add(Candidate line, TaskProfile asked)
    {
        isPlain &= asked is { Turns: 1, UnboundedInput: false, NonTextInput: false, OtherModels.Count: 0, OpenEndedModels: false };
        Held += line.Reserve(line.MaxOutputTokens, requests: 1);
        Lines++;
        most = line.Ceiling > most ? line.Ceiling : most;
        mostInput = Math.Max(mostInput, line.MaxInputTokens);
        mostOutput = Math.Max(mostOutput, line.MaxOutputTokens);
    }
}

/// <summary>Where a batch goes.</summary>
/// <param name="Batches">The vendor's batches.</param>
/// <param name="Format">The wire format of the requests.</param>
/// <param name="Endpoint">The path that each request has to name; null where they name none.</param>
/// <param name="Provider">The provider's name.</param>
/// <param name="Pin">Why it has to be there, where that is known beforehand.</param>
internal sealed record BatchTarget(BatchFormat Batches, WireFormat Format, string? Endpoint, string Provider, ObjectPin? Pin = null);

/// <summary>
/// What a batch may cost: each of its requests is understood as any other is, and bounded at the price of batches. Holds sums by model, and nothing of
/// the requests.
/// </summary>
/// <param name="target">Where they go.</param>
/// <param name="catalog">What can be asked for.</param>
/// <param name="objects">Who owns what the requests may name.</param>
/// <param name="accountId">Whose batch it is.</param>
/// <param name="at">The instant whose prices hold.</param>
internal sealed class BatchPlan(BatchTarget target, ModelCatalog catalog, OwnedObjects? objects, string accountId, DateTimeOffset at)
{
    /// <summary>The tier that batches are billed on.</summary>
    public const string Tier = "batch";

    private const int LongestName = 64;

    private readonly Dictionary<string, PlannedPart> parts = new(StringComparer.Ordinal);

    /// <summary>Its requests by model, in the order of the first of each.</summary>
    public IReadOnlyList<PlannedPart> Parts => [.. parts.Values];

    /// <summary>How many requests there are.</summary>
    public long Lines { get; private set; }

    /// <summary>Where the batch has to go, because something that it names lives there; null where it can go by any credential.</summary>
    public ObjectPin? Pin { get; private set; } = target.Pin;

    /// <summary>Takes the next request, or says why the batch can't be made with it.</summary>
    /// <param name="line">The line. Nothing of it is kept.</param>
    public Refusal? Add(ReadOnlyMemory<byte> line)
    {
        Lines++;
        var (provider, endpoint) = (target.Provider, target.Endpoint);
        var read = target.Batches.ReadLine(line.Span);
        if (read.Fault is { } fault)
        {
            return Bad(read, "invalid_batch_line", $"{fault}.");
        }

        if (endpoint is not null && (read.Url != endpoint || read.Method != "POST"))
        {
            return Bad(read, "invalid_batch_line", $"it isn't a POST to {endpoint}, which is the endpoint of the batch.");
        }

        var body = line.Slice(read.Body.Offset, read.Body.Length);
        var (understanding, refusal) = Understanding.Read(target.Format, body, default);
        refusal ??= Check(understanding!.Facts);
        if (refusal is not null)
        {
            return Named(read, refusal);
        }

        if (understanding!.Facts.ServiceTier is { } asked and not ("auto" or "default" or "standard" or "standard_only" or Tier))
        {
            return Bad(
                read,
                "invalid_batch_line",
                $"it asks for the service tier '{asked}' ('service_tier'); batches have a price of their own alone."
            );
        }

        var profile = understanding.Profile with { InBatch = true, Terms = understanding.Profile.Terms with { ServiceTier = Tier } };
        if (!IsProvidersOwn(profile.Model))
        {
            return Bad(
                read,
                Refusal.NotFound,
                $"the provider '{provider}' has no model '{profile.Model}' for such requests here. A batch goes to one provider as it is, so that each "
                    + "request names its model as that provider does."
            );
        }

        if (profile.Stream || target.Format.NeedsRewrite(understanding.Facts, profile.Model))
        {
            return Bad(
                read,
                "request_not_bounded",
                "it asks for a stream, or lets the provider run its own tools without a limit ('max_tool_calls'). What is in a batch is sent as it is."
            );
        }

        var route = Router.Route(profile with { Model = $"{provider}/{profile.Model}" }, catalog, at);
        return route.Candidates is [var candidate, ..] ? Add(read, candidate, profile) : Named(read, Refusal.From(route));
    }

    private Refusal? Add(in BatchLine read, Candidate candidate, TaskProfile profile)
    {
        if (!parts.TryGetValue(candidate.Model.Model, out var part))
        {
            if (parts.Count == byte.MaxValue)
            {
                return Bad(read, "too_many_models", $"it is for one more model than the {byte.MaxValue} that a batch may have.");
            }

            parts[candidate.Model.Model] = part = new PlannedPart((byte)(parts.Count + 1), candidate, profile);
        }

        // One more could not be added up any more.
        if (candidate.Ceiling > Amount.MostCost || part.Held.Cost > Amount.MostCost)
        {
            return Bad(
                read,
                "request_too_large",
                $"with it the batch may cost more than {Amount.MostCost.Usd:0} dollars. Make smaller batches."
            );
        }

        part.Add(candidate, profile);
        return null;
    }

    /// <summary>What a request names has to be its account's own, and where all of the batch goes.</summary>
    private Refusal? Check(RequestFacts facts)
    {
        if (objects is null || facts.References.Count == 0)
        {
            return null;
        }

        var (pin, refusal) = ObjectPin.Of(objects, facts, accountId, target.Format);
        if (pin is null || refusal is not null)
        {
            return refusal;
        }

        if (pin.Provider != target.Provider)
        {
            return pin.Elsewhere;
        }

        if (Pin is not null && Pin.Credential != pin.Credential)
        {
            return Refusal.BadRequest(
                "objects_apart",
                $"{Pin.What} and {pin.What} live under different credentials, so no batch can use both. Upload the one again where the other is."
            );
        }

        Pin = pin;
        return null;
    }

    private bool IsProvidersOwn(string model) =>
        catalog
            .Find($"{target.Provider}/{model}")
            .Any(known => known.Provider == target.Provider && known.Model == model && known.Formats.Native.Contains(target.Format.Name));

    private Refusal Bad(in BatchLine line, string code, string why) =>
        new(code == Refusal.NotFound ? 404 : 400, code, $"{Name(line)}: {why}");

    private Refusal Named(in BatchLine line, Refusal refusal) => refusal with { Message = $"{Name(line)}: {refusal.Message}" };

    private string Name(in BatchLine line) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Request {Lines} of the batch{(line.CustomId is { } id ? $" (custom_id '{(id.Length > LongestName ? id[..LongestName] : id)}')" : "")}"
        );
}
