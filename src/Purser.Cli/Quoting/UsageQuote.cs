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
        if (Read(line, out var unknown) is not { } body)
        {
            return new(null, unknown);
        }
        var quote =
            body.Error is null && body.NotBilled is { } why
                ? new(null, null) { NotBilled = why }
                : Price(book, body, line.Provider!, line.Model, line.At ?? now);
        return quote with { ProviderCostUsd = body.ProviderCostUsd, UpstreamCostUsd = body.UpstreamCostUsd };
    }

    private static BodyUsage? Read(in UsageLine line, out string? error)
    {
        var (provider, api) = (line.Provider!, line.Api!);
        if (line.Stream.IsEmpty)
        {
            return BodyReaders.Find(provider, api, out error)?.Read(line.Usage, line.Model);
        }
        using var stream = StreamScans.Open(provider, api, line.Model, out error);
        if (stream is null)
        {
            return null;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(line.Stream.Length);
        try
        {
            if (!TryDecode(line, buffer, out var length))
            {
                error = line.StreamIsBase64 ? "the stream is no base64" : "the stream is not Unicode";
                return null;
            }
            stream.Feed(buffer.AsSpan(0, length));
            return stream.Complete();
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
        if (book.FindModel(provider, model) is not { } priced)
        {
            return new(null, $"the price book has no model '{model}' of {provider}");
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
        var result = PriceCalculator.Price(price, usage, body.Terms with { At = at });
        return new(result.Charge, result.Charge is null ? result.Failure.Describe(price) : null);
    }
}
