using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Cli.Quoting;

/// <summary>What a line costs by the price book, or why that can't be said.</summary>
/// <param name="Charge">The charge; null where there is an error.</param>
/// <param name="Error">The error; null where there is a charge.</param>
internal readonly record struct UsageQuote(Charge? Charge, string? Error)
{
    /// <summary>Why nothing was billed, where there is neither a charge nor an error; else null.</summary>
    public string? NotBilled { get; init; }

    /// <summary>What the provider itself says that it charges, in USD; null where it doesn't.</summary>
    public decimal? ProviderCostUsd { get; init; }

    /// <summary>What is billed beside that on the caller's own key at the provider behind it, in USD; null where nothing is.</summary>
    public decimal? UpstreamCostUsd { get; init; }

    /// <summary>Prices a line.</summary>
    /// <param name="book">The price book.</param>
    /// <param name="line">The line.</param>
    /// <param name="now">The time of a line that doesn't say one.</param>
    public static UsageQuote Of(PriceBook book, in UsageLine line, DateTimeOffset now)
    {
        if (line.Error is { } wrong)
        {
            return new(null, wrong);
        }
        if (!TryRead(line, out var body, out var unknown))
        {
            return new(null, unknown);
        }
        if (line.InferenceGeo is { } place)
        {
            // OpenAI's answers don't say what its account, or the address asked, is set to.
            var stated = body.Terms.InferenceGeo;
            if (stated is not null && !stated.Equals(place, StringComparison.OrdinalIgnoreCase))
            {
                return new(null, "the line and the body name different places of inference");
            }
            body = body with { Terms = body.Terms with { InferenceGeo = place } };
        }
        if (PricingTerms.VariantOf(line.Size, line.Quality, line.Sound) is { } variant)
        {
            if (body.Terms.Variant is { } made && !made.Equals(variant, StringComparison.OrdinalIgnoreCase))
            {
                return new(null, $"the answer is of '{made}', and the line says '{variant}'");
            }
            body = body with { Terms = body.Terms with { Variant = variant } };
        }
        var quote =
            body.Error is null && body.NotBilled is { } why
                ? new(null, null) { NotBilled = why }
                : Price(book, body, line.Provider!, line.Model, line.At ?? now);
        return quote with { ProviderCostUsd = body.ProviderCostUsd, UpstreamCostUsd = body.UpstreamCostUsd };
    }

    private static bool TryRead(in UsageLine line, out BodyUsage body, out string? error)
    {
        body = default;
        if (!line.Stream.IsEmpty)
        {
            return TryReadStream(line, out body, out error);
        }
        if (BodyReaders.Find(line.Provider!, line.Api!, out error) is not { } reader)
        {
            return false;
        }
        body = reader.Read(line.Usage, line.Model);
        return true;
    }

    private static bool TryReadStream(in UsageLine line, out BodyUsage body, out string? error)
    {
        body = default;
        using var stream = StreamScans.Open(line.Provider!, line.Api!, line.Model, out error);
        if (stream is null)
        {
            return false;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(line.Stream.Length);
        try
        {
            if (!TryDecode(line, buffer, out var length))
            {
                error = line.StreamIsBase64 ? "the stream is no base64" : "the stream is not Unicode";
                return false;
            }
            stream.Feed(buffer.AsSpan(0, length));
            body = stream.Complete();
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool TryDecode(in UsageLine line, Span<byte> buffer, out int length)
    {
        length = 0;
        var reader = new Utf8JsonReader(line.Stream);
        reader.Read();
        try
        {
            length = reader.CopyString(buffer);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
        return !line.StreamIsBase64 || Base64.DecodeFromUtf8InPlace(buffer[..length], out length) == OperationStatus.Done;
    }

    /// <summary>Prices what was read.</summary>
    /// <param name="book">The price book.</param>
    /// <param name="body">What was read.</param>
    /// <param name="provider">Whose answer it is.</param>
    /// <param name="asked">The model that was asked for, if that is known.</param>
    /// <param name="at">When.</param>
    public static UsageQuote Price(PriceBook book, in BodyUsage body, string provider, string? asked, DateTimeOffset at)
    {
        if (body.Error is { } error)
        {
            return new(null, error);
        }
        // Bedrock's answers name the model without the region that its price depends on.
        var model = provider == "aws" ? asked ?? body.ServedModel : body.ServedModel ?? asked;
        if (model is null)
        {
            return new(null, "neither the line nor the body names a model");
        }
        var priced = book.FindModel(provider, model);
        if (priced is null && asked is not null && asked != model && ServesFiles(provider))
        {
            priced = book.FindModel(provider, model = asked);
        }
        if (priced is null)
        {
            var unknown = $"the price book has no model '{model}' of {provider}";
            return new(null, model == asked || asked is null ? unknown : $"{unknown}, which the body names and not '{asked}'");
        }
        if (priced.PriceAt(at) is not { } price)
        {
            return new(null, $"'{model}' of {provider} has no price at that time");
        }
        if (body.CountsNothing && !price.Free)
        {
            return new(null, $"the answer counts nothing, and {price.Entry} doesn't say free: true");
        }
        var usage = body.Usage;
        if (provider == "google" && !body.Video.TryAdd(price, ref usage))
        {
            return new(null, $"{price.Entry} has a rate for images, and none for video");
        }
        if (price.ChargesTime)
        {
            usage[UsageClass.ComputeMillisecond] = body.ComputeMilliseconds;
        }
        var terms = body.Terms with { At = at };
        var result = PriceCalculator.Price(price, usage, terms);
        if (
            result.Charge is { } charge
            && body.CachedTextOrAudio > 0
            && CostAsAudio(price, usage, body.CachedTextOrAudio, terms) != charge.ExactUsd
        )
        {
            return new(null, "the cached tokens are not split by modality, and audio has a rate of its own");
        }
        return new(result.Charge, result.Charge is null ? result.Failure.Describe(price) : null);
    }

    // These answer with the path that the operator loaded the model from, or a name that they were told to show: another spelling of what was
    // asked for, since a server has the models that it was started with. A vendor's name that isn't known is another model, at a price of its own.
    private static bool ServesFiles(string provider) => provider is "llama.cpp" or "vllm";

    // What the usage costs where so many of the cached tokens are audio and not text. A cost is linear in them: where it is the same for the most
    // that can be, it is for any number.
    private static decimal? CostAsAudio(SkuPrice price, TokenUsage usage, long tokens, in PricingTerms terms)
    {
        usage[UsageClass.CacheRead] -= tokens;
        usage[UsageClass.Input] += tokens;
        usage[UsageClass.AudioCacheRead] += tokens;
        usage[UsageClass.AudioInput] -= tokens;
        return PriceCalculator.Price(price, usage, terms).Charge?.ExactUsd;
    }
}
