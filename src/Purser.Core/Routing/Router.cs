using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Core.Routing;

/// <summary>Finds where a request can go, and the most that it can cost there. By the model's name, those that speak the client's format first, else in the configuration's order.</summary>
public static class Router
{
    /// <summary>Routes a request.</summary>
    /// <param name="profile">What it asks for.</param>
    /// <param name="catalog">The models there are.</param>
    /// <param name="at">The instant whose prices hold.</param>
    public static RouteDecision Route(TaskProfile profile, ModelCatalog catalog, DateTimeOffset at)
    {
        var named = catalog.Find(profile.Model);
        if (named.Count == 0)
        {
            return Refuse(RouteRefusal.UnknownModel, $"No provider here serves the model '{profile.Model}'.");
        }

        var candidates = new List<Candidate>(named.Count);
        var refusal = default(RouteDecision);
        // Where the client's own format is spoken first: nothing is lost there. The order of the configuration holds among each.
        foreach (var model in Serving(named, profile.Format))
        {
            var (candidate, refused) = Consider(profile, model, catalog, at);
            if (candidate is not null)
            {
                candidates.Add(candidate);
            }
            else
            {
                refusal = refused;
            }
        }

        return candidates.Count > 0
            ? new RouteDecision(candidates, RouteRefusal.None, "named by the client")
            : refusal
                ?? Refuse(
                    RouteRefusal.OtherFormat,
                    $"The model '{profile.Model}' is served in the format {string.Join(", ", named[0].Formats.Native.Order(StringComparer.Ordinal))}; send the request in that format."
                );
    }

    private static IEnumerable<CatalogModel> Serving(IReadOnlyList<CatalogModel> models, string format) =>
        models is [var only]
            ? only.Formats.Serve(format)
                ? models
                : []
            : models.Where(model => model.Formats.Serve(format)).OrderBy(model => !model.Formats.Native.Contains(format));

    private static (Candidate? Candidate, RouteDecision? Refusal) Consider(
        TaskProfile profile,
        CatalogModel model,
        ModelCatalog catalog,
        DateTimeOffset at
    )
    {
        profile = model.Formats.Keep(profile.Format) ? profile : profile.Translated(model.Formats.DropsTier);
        var (candidate, refusal) = Bound(profile, model, at);
        if (candidate is null || (profile.OtherModels.Count == 0 && !profile.OpenEndedModels))
        {
            return (candidate, refusal);
        }

        // What the provider may run besides can each cost as much as the same request there.
        var ceiling = candidate.Ceiling;
        foreach (var other in profile.OtherModels)
        {
            var beside = catalog.Find($"{model.Provider}/{other}") is [var found, ..]
                ? Bound(profile, found, at)
                : (null, Refuse(RouteRefusal.Unpriced, $"The request lets the provider run '{other}', which has no price here."));
            if (beside.Candidate is null)
            {
                return (null, beside.Refusal);
            }

            ceiling += beside.Candidate.Ceiling;
        }

        if (profile.OpenEndedModels)
        {
            ceiling += catalog
                .Models.Where(other => other.Provider == model.Provider)
                .Select(other => Bound(profile, other, at).Candidate?.Ceiling ?? Money.Zero)
                .Max();
        }

        return (candidate with { Ceiling = ceiling, Besides = ceiling - candidate.Ceiling }, null);
    }

    private static (Candidate? Candidate, RouteDecision? Refusal) Bound(TaskProfile profile, CatalogModel model, DateTimeOffset at)
    {
        if (model.Priced?.PriceAt(at) is not { } price)
        {
            return (null, Refuse(RouteRefusal.Unpriced, Unpriced(model)));
        }

        if (price.Standard.Rates.ChargesRequestsByContext)
        {
            // The search is in the fee of the request, and what it finds is no input that is billed.
            profile = profile with
            {
                HostedToolCalls = profile.HostedToolCalls - profile.SearchOptionCalls,
            };
        }

        if (MaxInput(profile, model.Priced) is not { } input || MaxOutput(profile, model.Priced, price) is not { } output)
        {
            return (
                null,
                Refuse(
                    RouteRefusal.Unbounded,
                    $"What this request can cost at '{model.Model}' isn't bounded: give it a max_tokens, or the model's limits to the price book."
                )
            );
        }

        if (price.ChargesTime && model.Priced.MaxSeconds is null)
        {
            return (
                null,
                Refuse(
                    RouteRefusal.Unbounded,
                    $"A request to '{model.Model}' costs what its time costs, and nothing bounds that: give the model a 'max_seconds' beside its "
                        + $"'prices' ({price.Entry}), the most that one request may take."
                )
            );
        }

        var bounds = new CeilingBounds
        {
            MaxInputTokens = input,
            MaxOutputTokens = output,
            CacheWriteHint = CacheWrites(profile, price),
            AudioOutput = profile.AudioOutput,
            NonTextInput = profile.NonTextInput,
            Pieces = profile.Pieces,
            SearchUnits = profile.SearchUnits,
            WebSearches = profile.HasWebSearch ? profile.HostedToolCalls * profile.SearchesPerCall : 0,
            MaxComputeMilliseconds = model.Priced.MaxSeconds * 1000,
            ServiceTier = profile.Terms.ServiceTier,
            TierIsCertain = profile.InBatch,
            InferenceGeo = profile.Terms.InferenceGeo,
            Speed = profile.Terms.Speed,
        };
        var result = PriceCalculator.Ceiling(price, bounds);
        return result.Ceiling is { } ceiling
            ? (new Candidate(model, price, input, output, ceiling) { Bounds = bounds }, null)
            : (null, Refuse(RouteRefusal.Unpriced, $"The price doesn't cover this request: {result.Failure.Describe(price)}."));
    }

    // Marks in the client's format go on where the provider has them, and a price for what they write; elsewhere the translation leaves them out.
    private static CacheWriteHint CacheWrites(TaskProfile profile, SkuPrice price)
    {
        var written = profile.CacheWrites == CacheWriteHint.OneHour ? UsageClass.CacheWrite1h : UsageClass.CacheWrite5m;
        var isDropped = profile.IsTranslated && profile.CacheWrites != CacheWriteHint.None && !price.Standard.Rates.IsPriced(written);
        return isDropped ? CacheWriteHint.Automatic : profile.CacheWrites;
    }

    private static string Unpriced(CatalogModel model) =>
        $"There is no price for '{model.Model}' at '{model.Provider}', and what has no price isn't sent. "
        + "Add one: see docs/pricing.md, or 'purser prices list'.";

    /// <summary>
    /// A token is at least one byte, so the body's bytes bound the text. What the bytes don't bound is bounded by the context,
    /// once for each turn that the provider can take on its own.
    /// </summary>
    private static long? MaxInput(TaskProfile profile, PricedModel model)
    {
        if (profile.SearchUnits > 0)
        {
            return 0;
        }

        if (profile.MaxInputTokens is { } known)
        {
            return known;
        }

        if (profile.UnboundedInput || profile.ToolsAddInput || profile.NonTextInput || profile.Turns > 1)
        {
            return model.ContextTokens is { } context ? context * profile.Turns * profile.Inputs : null;
        }

        var bytes = profile.BodyBytes + profile.ToolPromptTokens;
        return model.ContextTokens is { } limit ? Math.Min(bytes, limit * profile.Inputs) : bytes;
    }

    private static long? MaxOutput(TaskProfile profile, PricedModel model, SkuPrice price)
    {
        if ((profile.MaxOutputTokens ?? model.MaxOutputTokens) is not { } each)
        {
            // What is billed by the piece alone has no output tokens.
            return price.IsByPiece(profile.Pieces) ? 0 : null;
        }

        // An absurd limit must not overflow what follows; no budget holds it either way.
        var bounded = Math.Min(each, int.MaxValue);
        return ((bounded + profile.PredictionBytes) * profile.Choices) * profile.Turns;
    }

    private static RouteDecision Refuse(RouteRefusal refusal, string reason) => new([], refusal, reason);
}
