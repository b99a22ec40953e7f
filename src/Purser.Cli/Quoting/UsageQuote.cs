using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Cli.Quoting;

/// <summary>What a line costs by the price book, or why that can't be said.</summary>
/// <param name="Charge">The charge; null where there is an error.</param>
/// <param name="Error">The error; null where there is a charge.</param>
internal readonly record struct UsageQuote(Charge? Charge, string? Error)
{
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
        var (provider, api) = (line.Provider!, line.Api!);
        if (BodyReaders.Find(provider, api, out var unknown) is not { } reader)
        {
            return new(null, unknown);
        }
        var body = reader.Read(line.Usage, line.Model);
        if (body.Error is { } error)
        {
            return new(null, error);
        }
        // Bedrock's answers name the model without the region that its price depends on.
        var model = provider == "aws" ? line.Model ?? body.ServedModel : body.ServedModel ?? line.Model;
        if (model is null)
        {
            return new(null, "neither the line nor the body names a model");
        }
        if (book.FindModel(provider, model) is not { } priced)
        {
            return new(null, $"the price book has no model '{model}' of {provider}");
        }
        var at = line.At ?? now;
        if (priced.PriceAt(at) is not { } price)
        {
            return new(null, $"'{model}' of {provider} has no price at that time");
        }
        var usage = body.Usage;
        if (provider == "google" && !TryCountAsText(price, body.Video, ref usage))
        {
            return new(null, $"{price.Entry} has a rate for images, and none for video");
        }
        var result = PriceCalculator.Price(price, usage, body.Terms with { At = at });
        return new(result.Charge, result.Charge is null ? result.Failure.Describe(price) : null);
    }

    // Google lists one rate for "text / image / video", unless it lists another for images: then video has one too.
    private static bool TryCountAsText(SkuPrice price, VideoInput video, ref TokenUsage usage)
    {
        var rates = price.Standard.Rates;
        var hasImageRate = rates.IsPriced(UsageClass.ImageInput);
        if (rates.IsPriced(UsageClass.VideoInput))
        {
            usage[UsageClass.VideoInput] = video.Fresh;
            usage[UsageClass.VideoCacheRead] = video.CacheRead;
        }
        else if (video != default && hasImageRate && rates.Rate(UsageClass.ImageInput) != rates.Rate(UsageClass.Input))
        {
            return false;
        }
        else
        {
            usage[UsageClass.Input] += video.Fresh;
            usage[UsageClass.CacheRead] += video.CacheRead;
        }
        if (!hasImageRate)
        {
            usage[UsageClass.Input] += usage[UsageClass.ImageInput];
            usage[UsageClass.CacheRead] += usage[UsageClass.ImageCacheRead];
            usage[UsageClass.ImageInput] = 0;
            usage[UsageClass.ImageCacheRead] = 0;
        }
        return true;
    }
}
