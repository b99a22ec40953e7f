using System.Globalization;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Routing;
using Purser.Core.Usage;
using Purser.Gateway.Configuration;
using Purser.Gateway.Pipeline;

namespace Purser.Gateway.Routing;

/// <summary>Writes what can be asked for in place of a model, what may be promised of it, and what is known of the models behind it.</summary>
internal sealed class RouteListing(
    GatewayOptions options,
    RouteKnowledge? knowledge,
    ModelMeasures measures,
    ModelCatalog catalog,
    TimeProvider clock
)
{
    private readonly RoutingOptions routing = options.Routing ?? new RoutingOptions();

    /// <summary>Writes it as members of an object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        if (knowledge?.Model is { } model)
        {
            json.WriteString("predictor_version", model.Predictor);
            json.WriteString("evidence_version", model.Thresholds.Version);
            json.WriteNumber("held_out", model.Thresholds.Rows);
            json.WriteString("loaded_at", model.LoadedAt);
        }

        json.WriteStartArray("names");
        foreach (var policy in routing.Policies.Values.OrderBy(policy => policy.Name, StringComparer.Ordinal))
        {
            WritePolicy(json, policy);
        }

        foreach (var (alias, target) in routing.Aliases.OrderBy(alias => alias.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("name", alias);
            json.WriteString("stands_for", target);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("models");
        var names = routing.Policies.Values.SelectMany(policy => policy.Candidates.Prepend(policy.Reference));
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            foreach (var found in catalog.Find(name))
            {
                WriteModel(json, name, found);
            }
        }

        json.WriteEndArray();
    }

    private void WritePolicy(Utf8JsonWriter json, RoutePolicy policy)
    {
        json.WriteStartObject();
        json.WriteString("name", RouteNames.AskedAs(policy));
        json.WriteString("reference", policy.Reference);
        json.WriteString("prefers", JsonNamingPolicy.SnakeCaseLower.ConvertName(policy.Prefer.ToString()));
        json.WriteNumber("floor_percent", policy.Floor);
        WriteTexts(json, "candidates", policy.Candidates);
        WriteTexts(json, "regions", policy.Regions);
        WriteTexts(json, "for", policy.For);
        if (knowledge?.Model is { } model)
        {
            json.WriteStartArray("guarantees");
            foreach (var (kind, promise) in model.Promises(policy))
            {
                json.WriteStartObject();
                json.WriteString("class", RouteRecord.NameOf(kind));
                RouteRecord.WritePromise(json, promise);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private void WriteModel(Utf8JsonWriter json, string name, CatalogModel model)
    {
        var said = routing.Models.GetValueOrDefault(name);
        json.WriteStartObject();
        json.WriteString("model", name);
        json.WriteString("provider", model.Provider);
        EventDetail.WriteOptional(json, "region", options.Providers.FirstOrDefault(provider => provider.Name == model.Provider)?.Region);
        WriteNumber(json, "context_tokens", model.Priced?.ContextTokens);
        WriteNumber(json, "max_output_tokens", model.Priced?.MaxOutputTokens);
        if (said is not null)
        {
            var can = said.Can | (model.Priced?.Reasoning == true ? ModelAbilities.Thinking : ModelAbilities.None);
            WriteTexts(json, "can", [.. RoutingReader.NamesOf(can)]);
            WriteTexts(json, "languages", said.Languages);
            json.WriteBoolean("sensitive", said.TakesSensitive);
        }

        WriteTexts(json, "formats", [.. model.Formats.Native.Concat(model.Formats.Translated).Order(StringComparer.Ordinal)]);
        WritePrice(json, model.Priced?.PriceAt(clock.GetUtcNow()));
        if (knowledge?.Model is { } learned)
        {
            json.WriteString("learned_as", routing.LearnedAs(name));
            json.WriteBoolean("learned", learned.Thresholds.Models.Contains(routing.LearnedAs(name)));
        }

        if (measures.Of(model.Provider, model.Model) is { } measured)
        {
            json.WriteNumber("calls", measured.Calls);
            json.WriteNumber("answered", Math.Round(measured.Answered, 4));
            if (measured.Seconds is { } seconds)
            {
                json.WriteNumber("seconds", Math.Round(seconds, 3));
            }
        }

        json.WriteEndObject();
    }

    private static void WritePrice(Utf8JsonWriter json, SkuPrice? price)
    {
        if (price is null)
        {
            return;
        }

        json.WriteString("price_entry", price.Entry);
        foreach (
            var (name, used) in (ReadOnlySpan<(string, UsageClass)>)
                [
                    ("input_usd_per_mtok", UsageClass.Input),
                    ("cached_usd_per_mtok", UsageClass.CacheRead),
                    ("output_usd_per_mtok", UsageClass.Output),
                ]
        )
        {
            EventDetail.WriteOptional(json, name, price.Standard.Rates.Listed(used)?.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        if (texts.Count == 0)
        {
            return;
        }

        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
