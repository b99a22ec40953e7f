using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Pricing.Audit;

namespace Purser.Cli.Audit;

/// <summary>Reads rows of LiteLLM's spend log, a request each, and hands them on at once: a log may be longer than memory.</summary>
/// <param name="book">The price book.</param>
/// <param name="reading">Where what was read goes.</param>
internal sealed class LiteLlmExport(PriceBook book, ExportReading reading)
{
    /// <summary>The kind, as <c>--from</c> names it.</summary>
    public const string Kind = "litellm";

    // LiteLLM's names where they aren't the book's.
    private static readonly FrozenDictionary<string, string> Providers = new Dictionary<string, string>
    {
        ["azure_ai"] = "azure",
        ["azure_text"] = "azure",
        ["bedrock"] = "aws",
        ["bedrock_converse"] = "aws",
        ["cohere_chat"] = "cohere",
        ["fireworks_ai"] = "fireworks",
        ["gemini"] = "google",
        ["moonshot"] = "moonshotai",
        ["text-completion-openai"] = "openai",
        ["together_ai"] = "together",
        ["vertex_ai"] = "google",
        ["vertex_ai_beta"] = "google",
        ["voyage"] = "voyageai",
        ["xai"] = "x-ai",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private const string NoProvider = "unknown";

    private readonly HashSet<UInt128> seen = [];
    private readonly FrozenSet<string> known = book.Models.Select(model => model.Provider).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Reads a row.</summary>
    /// <exception cref="FormatException">It can't be read.</exception>
    public void Add(SpendRow row)
    {
        var request = Hash(row.RequestId);
        if (seen.Contains(request))
        {
            throw new FormatException($"the request '{row.RequestId}' is there already, and is counted once");
        }
        Count(row);
        // One that can't be read isn't counted, and may come again as it should be.
        seen.Add(request);
    }

    private void Count(SpendRow row)
    {
        var tokens = row.PromptTokens + row.CompletionTokens + row.TotalTokens;
        if (row.Spend == 0m && (row.IsCacheHit || row.IsFailure || tokens == 0))
        {
            reading.Leave(
                row.IsCacheHit ? "answers from LiteLLM's own cache"
                : row.IsFailure ? "failed requests without spend"
                : "requests without tokens and without spend"
            );
            return;
        }
        var (provider, model) = Model(row);
        var (usage, others) = LiteLlmUsage.Of(row, IsAnthropic(provider, model));
        var audited = new AuditUsage
        {
            Provider = provider,
            Model = model,
            Period = AuditPeriod.At(row.StartTime),
            Terms = Terms(row),
            Requests = 1,
            Usage = usage,
            OtherReadings = others,
        };
        if (row.IsCacheHit || usage == default)
        {
            AddUnexplained(row, audited);
            return;
        }
        if (provider == NoProvider)
        {
            AddWithoutProvider(row, audited);
            return;
        }
        reading.Audit.Add(audited, row.Spend, row.RequestId);
    }

    private void AddWithoutProvider(SpendRow row, AuditUsage usage)
    {
        reading.Audit.AddUncompared(usage, row.Spend);
        reading.Audit.Add(
            new()
            {
                Name = "provider_not_known",
                Kind = FindingKind.Open,
                Provider = usage.Provider,
                Subject = usage.Model,
                Usd = row.Spend,
                Evidence = "not compared: the row names no provider, and the book has the model's name at none or at several",
                Action = "Export custom_llm_provider too, or write the provider before the model: openai/gpt-5.",
            },
            row.RequestId,
            "requests"
        );
    }

    private void AddUnexplained(SpendRow row, AuditUsage usage)
    {
        reading.Audit.AddUncompared(usage with { Usage = default, OtherReadings = [] }, row.Spend);
        reading.Audit.Add(
            new()
            {
                Name = row.IsCacheHit ? "own_cache_recorded_as_spend" : "spend_without_usage",
                Kind = FindingKind.Unexplained,
                Provider = usage.Provider,
                Subject = usage.Model,
                Usd = row.Spend,
                Evidence = row.IsCacheHit
                    ? "answers from LiteLLM's own cache are recorded with a cost, and no provider billed them"
                    : $"recorded with a cost and without tokens ({row.CallType ?? "no call type"})",
                Action = row.IsCacheHit
                    ? "Take it out of charge-backs and budgets."
                    : "Images, searches or seconds of audio: compare it with the vendor's own export.",
            },
            row.RequestId,
            "requests"
        );
    }

    private (string Provider, string Model) Model(SpendRow row)
    {
        // The key of LiteLLM's own table is the model where a deployment has a name of its own.
        var key = ExportFields.Member(row.Metadata, "model_map_information") is { ValueKind: JsonValueKind.Object } map
            ? ExportFields.Member(map, "model_map_key")?.ToString()
            : null;
        var named =
            row.Provider ?? ProviderIn(row.Model) ?? ProviderIn(key) ?? OnlyProviderOf(row.Model) ?? OnlyProviderOf(key) ?? NoProvider;
        var provider = Providers.GetValueOrDefault(named, named);
        foreach (var name in (ReadOnlySpan<string?>)[Bare(row.Model, named), row.Model, key is null ? null : Bare(key, named)])
        {
            if (name is not null && book.FindModel(provider, name) is not null)
            {
                return (provider, name);
            }
        }
        return (provider, Bare(row.Model, named) is { Length: > 0 } bare ? bare : "(no model)");
    }

    // What is before a name's first slash, where that is a provider: "openai/gpt-5", but not "meta-llama/llama-4".
    private string? ProviderIn(string? name)
    {
        var slash = name?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        var before = slash > 0 ? name![..slash] : null;
        return before is not null && known.Contains(Providers.GetValueOrDefault(before, before)) ? before : null;
    }

    private string? OnlyProviderOf(string? name) =>
        name is { Length: > 0 } && known.Where(provider => book.FindModel(provider, name) is not null).Take(2).ToList() is [var only]
            ? only
            : null;

    private static string Bare(string model, string provider) =>
        model.StartsWith(provider + "/", StringComparison.Ordinal) ? model[(provider.Length + 1)..] : model;

    private static bool IsAnthropic(string provider, string model) =>
        provider == "anthropic" || model.Contains("claude", StringComparison.OrdinalIgnoreCase);

    // Answers name the tier where it isn't the standard one.
    private static AuditTerms Terms(SpendRow row)
    {
        var usage = LiteLlmUsage.Object(row);
        var tier = ExportFields.Text(usage, "service_tier");
        return new(
            row.CallType?.Contains("batch", StringComparison.Ordinal) is true ? "batch"
                : tier is null or "default" ? "standard"
                : tier,
            null,
            ExportFields.Text(usage, "inference_geo"),
            ExportFields.Text(usage, "speed")
        );
    }

    private static UInt128 Hash(string id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(id), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
