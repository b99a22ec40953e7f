using System.Globalization;
using System.Text;
using CsCheck;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Core.Tests.Pricing;

/// <summary>Random price entries, bounds, and usages within bounds.</summary>
internal static class RandomPrice
{
    private static readonly string?[] Tiers = [null, "default", "batch", "priority"];
    private static readonly string?[] Places = [null, "global", "us"];
    private static readonly string?[] Speeds = [null, "fast"];

    // A rate is left out in one case of three; it has up to nine decimals.
    private static readonly Gen<string?> Rate = Gen.Frequency(
        (1, Gen.Const((string?)null)),
        (2, Gen.Long[1, 90_000_000_000].Select(nanos => (string?)(nanos / 1_000_000_000m).ToString(CultureInfo.InvariantCulture)))
    );

    // What makes a request's cost unbounded has tests of its own, and so has what stands beside no other rate.
    private static readonly UsageClass[] Unbounded =
    [
        UsageClass.Citation,
        UsageClass.AudioSecond,
        UsageClass.InputImage,
        UsageClass.ComputeMillisecond,
    ];

    private static readonly Gen<string> Rates = Rate.Array[RateKey.All.Count]
        .Select(rates =>
        {
            rates[(int)UsageClass.Input] ??= "1.5";
            rates[(int)UsageClass.Output] ??= "7";
            foreach (var usageClass in Unbounded)
            {
                rates[(int)usageClass] = null;
            }
            return string.Join(
                ", ",
                RateKey.All.Zip(rates).Where(pair => pair.Second is not null).Select(pair => $"{pair.First.Name}: {pair.Second}")
            );
        });

    private static readonly UsageClass[] InputClasses =
    [
        UsageClass.Input,
        UsageClass.CacheRead,
        UsageClass.CacheWrite5m,
        UsageClass.CacheWrite1h,
        UsageClass.AudioInput,
        UsageClass.AudioCacheRead,
        UsageClass.ImageInput,
        UsageClass.ImageCacheRead,
        UsageClass.VideoInput,
        UsageClass.VideoCacheRead,
    ];

    // A marginal tier lists rates for input alone.
    private static readonly Gen<string> InputRates = Rate.Array[InputClasses.Length]
        .Select(rates =>
        {
            rates[0] ??= "3";
            var listed = InputClasses.Zip(rates).Where(pair => pair.Second is not null);
            return $"marginal: true, {string.Join(", ", listed.Select(pair => $"{RateKey.Of(pair.First).Name}: {pair.Second}"))}";
        });

    private static readonly Gen<string> Card = Gen.Select(
        Rates,
        Gen.Long[1, 3000].Array[0, 2],
        Gen.OneOf(Rates.Array[2], InputRates.Array[2]),
        (rates, thresholds, longRates) =>
        {
            var tiers = thresholds
                .Distinct()
                .Order()
                .Zip(longRates)
                .Select(tier => $"{{ above_input_tokens: {tier.First}, {tier.Second} }}")
                .ToList();
            return tiers.Count == 0 ? rates : $"{rates}, long_context: [{string.Join(", ", tiers)}]";
        }
    );

    public static Gen<SkuPrice> Sku { get; } =
        Gen.Select(
            Card,
            Card,
            Card,
            Card,
            (standard, batch, priority, fast) =>
            {
                var text = new StringBuilder("provider: p\nmodels: [{ id: m, prices: [{ start: unknown, source: s, ")
                    .Append(standard)
                    .Append(CultureInfo.InvariantCulture, $", service_tiers: {{ batch: {{ {batch} }}, priority: {{ {priority} }} }}")
                    .Append(CultureInfo.InvariantCulture, $", speeds: {{ fast: {{ {fast} }} }}, geo_uplift: {{ us: 1.1 }} }}] }}]");
                var result = PriceBook.Parse([new("random.yml", text.ToString())]);
                return result.Book?.Models[0].Prices[0] ?? throw new InvalidDataException($"{result.Errors[0]}\n{text}");
            }
        );

    public static Gen<CeilingBounds> Bounds { get; } =
        Gen.Select(
            Gen.Select(Gen.Long[0, 4000], Gen.Long[0, 4000], Gen.Long[0, 5]),
            Gen.Enum<CacheWriteHint>(),
            Gen.Bool,
            Gen.Bool,
            Gen.Select(OneOf(Tiers), OneOf(Places), OneOf(Speeds)),
            (most, hint, audio, nonText, terms) =>
                new CeilingBounds
                {
                    MaxInputTokens = most.Item1,
                    MaxOutputTokens = most.Item2,
                    WebSearches = most.Item3,
                    CacheWriteHint = hint,
                    AudioOutput = audio,
                    NonTextInput = nonText,
                    ServiceTier = terms.Item1,
                    InferenceGeo = terms.Item2,
                    Speed = terms.Item3,
                }
        );

    /// <summary>How the bounds are shared between classes: weights, some of them zero.</summary>
    public static Gen<int[][]> Shares { get; } =
        Gen.Frequency((1, Gen.Const(0)), (1, Gen.Int[1, 100])).Array[TokenUsage.ClassCount].Array[4];

    /// <summary>Usages that fill the bounds up or stay below, on the terms asked for and on the standard ones.</summary>
    public static IEnumerable<(TokenUsage Usage, PricingTerms Terms)> Within(CeilingBounds bounds, int[][] shares)
    {
        foreach (var weights in shares)
        {
            var full = new TokenUsage { [UsageClass.WebSearch] = bounds.WebSearches };
            full[UsageClass.LowContextRequest + (weights[0] % 3)] = 1;
            Spread(ref full, bounds.MaxInputTokens, Inputs(bounds), weights);
            Spread(ref full, bounds.MaxOutputTokens, Outputs(bounds), weights);
            var less = full;
            less[UsageClass.Input] /= 2;
            less[UsageClass.CacheRead] /= 3;
            less[UsageClass.Output] = less[UsageClass.Output] * weights[0] / 100;
            foreach (var usage in new[] { full, less })
            {
                yield return (usage, new(bounds.ServiceTier, bounds.InferenceGeo, bounds.Speed));
                yield return (usage, new(null, bounds.InferenceGeo, bounds.Speed));
                yield return (usage, new(bounds.ServiceTier, bounds.InferenceGeo));
                yield return (usage, default);
            }
        }
    }

    private static Gen<string?> OneOf(string?[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static void Spread(ref TokenUsage usage, long total, List<UsageClass> classes, int[] weights)
    {
        var sum = classes.Sum(usageClass => weights[(int)usageClass]);
        var left = total;
        foreach (var usageClass in classes.Where(_ => sum > 0))
        {
            var part = total * weights[(int)usageClass] / sum;
            usage[usageClass] = part;
            left -= part;
        }
        usage[classes[0]] += left;
    }

    private static List<UsageClass> Inputs(CeilingBounds bounds)
    {
        List<UsageClass> classes = [UsageClass.Input, UsageClass.CacheRead];
        if (bounds.CacheWriteHint != CacheWriteHint.None)
        {
            classes.Add(UsageClass.CacheWrite5m);
        }
        if (bounds.CacheWriteHint == CacheWriteHint.OneHour)
        {
            classes.Add(UsageClass.CacheWrite1h);
        }
        if (bounds.NonTextInput)
        {
            classes.AddRange([UsageClass.AudioInput, UsageClass.AudioCacheRead, UsageClass.ImageInput, UsageClass.ImageCacheRead]);
            classes.AddRange([UsageClass.VideoInput, UsageClass.VideoCacheRead]);
        }
        return classes;
    }

    private static List<UsageClass> Outputs(CeilingBounds bounds)
    {
        List<UsageClass> classes = [UsageClass.Output, UsageClass.ReasoningOutput, UsageClass.ImageOutput, UsageClass.VideoOutput];
        if (bounds.AudioOutput)
        {
            classes.Add(UsageClass.AudioOutput);
        }
        return classes;
    }
}
