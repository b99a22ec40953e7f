using System.Globalization;
using System.Text.Json.Nodes;
using Purser.Cli.Quoting;
using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Cli.Tests.Quoting;

/// <summary>The golden vectors of <c>tests/vectors/usage</c>, worked by hand.</summary>
public sealed class UsageVectorTests
{
    internal const string Models = """
        sources:
          test: made up, so that each class has a rate of its own
        models:
          - id: gratis
            prices:
              - start: unknown
                source: test
                free: true
          - id: m
            aliases: [m-served, gemini-2-test, sonar-deep-research-m, amazon.titan-m, amazon.nova-m, meta.llama-m, us.meta.llama-m,
              ai21.jamba-m, mistral.m, anthropic.claude-m, "arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-m"]
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                cache_read_per_mtok: 0.2
                cache_write_5m_per_mtok: 2.5
                cache_write_1h_per_mtok: 4
                output_per_mtok: 10
                reasoning_output_per_mtok: 12
                audio_input_per_mtok: 30
                audio_cache_read_per_mtok: 3
                audio_output_per_mtok: 60
                image_input_per_mtok: 5
                image_cache_read_per_mtok: 0.5
                image_output_per_mtok: 40
                web_search_per_call: 0.01
                citation_per_mtok: 7
                file_search_per_call: 0.0025
                attachment_search_per_call: 0.011
                x_search_per_call: 0.006
                code_execution_per_call: 0.007
                container_per_session: 0.03
                maps_grounding_per_call: 0.025
                live_search_per_source: 0.02
                search_unit_per_call: 0.002
                classification_per_call: 0.0005
                ocr_per_page: 0.004
                annotation_per_page: 0.0055
                audio_input_per_hour: 0.36
                speech_per_mchar: 15
                input_image_per_image: 0.0001
                generated_image_per_image: 0.04
                generated_video_per_second: 0.1
                service_tiers:
                  batch: { input_per_mtok: 1, cache_read_per_mtok: 0.1, cache_write_5m_per_mtok: 1.25, cache_write_1h_per_mtok: 2, output_per_mtok: 5, reasoning_output_per_mtok: 6 }
                speeds:
                  fast: { input_per_mtok: 12, cache_read_per_mtok: 1.2, cache_write_5m_per_mtok: 15, cache_write_1h_per_mtok: 24, output_per_mtok: 60, reasoning_output_per_mtok: 72 }
                geo_uplift:
                  us: 1.1
          - id: plain
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                cache_read_per_mtok: 0.2
                output_per_mtok: 10
          - id: sonar
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                output_per_mtok: 10
                low_context_request_per_call: 0.005
                medium_context_request_per_call: 0.008
                high_context_request_per_call: 0.012
          - id: seeker
            always_searches: true
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                output_per_mtok: 10
                web_search_per_call: 0.01
          - id: finder
            always_searches: true
            default_search_context: medium
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                output_per_mtok: 10
                low_context_request_per_call: 0.005
                medium_context_request_per_call: 0.008
                high_context_request_per_call: 0.012
          - id: flat
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                output_per_mtok: 10
                request_per_call: 0.005
          - id: hourly
            prices:
              - start: unknown
                source: test
                compute_per_hour: 1.8
          - id: varied
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                input_image_per_image: 0.01
                variants:
                  1024x1024 standard: { generated_image_per_image: 0.04 }
                  1024x1024 hd: { generated_image_per_image: 0.08 }
                  1024x1792 hd: { generated_image_per_image: 0.12 }
                  1792x1024 hd: 1024x1792 hd
                  1280x720: { generated_video_per_second: 0.3 }
                  4k audio: { generated_video_per_second: 0.6 }
          - id: video
            prices:
              - start: unknown
                source: test
                input_per_mtok: 2
                cache_read_per_mtok: 0.2
                output_per_mtok: 10
                image_input_per_mtok: 5
                video_input_per_mtok: 8
                video_cache_read_per_mtok: 0.8
                video_output_per_mtok: 70
        """;

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var (file, vector) in UsageVectors.All)
        {
            cases.Add(file, vector.Name);
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_line_costs_what_it_was_worked_out_to_by_hand(string file, string name)
    {
        var vector = UsageVectors.Of(file, name);
        using var output = new MemoryStream();

        UsageQuotes.Run(UsageVectors.Book, default, new MemoryStream(vector.ToLine()), output);

        var quote = JsonNode.Parse(output.ToArray())!;
        Assert.Equal(vector.Error, (string?)quote["error"]);
        Assert.Equal(vector.Usd, (string?)quote["cost_usd"]);
        if (vector.InputUsd is not null)
        {
            Assert.Equal(vector.InputUsd, (string?)quote["input_cost_usd"]);
        }
        if (vector.OutputUsd is not null)
        {
            Assert.Equal(vector.OutputUsd, (string?)quote["output_cost_usd"]);
        }
        Assert.Equal(vector.NotBilled, (string?)quote["not_billed"]);
        Assert.Equal(vector.ProviderUsd, (string?)quote["provider_cost_usd"]);
        Assert.Equal(vector.ProviderUpstreamUsd, (string?)quote["provider_upstream_cost_usd"]);
        Assert.NotEmpty(vector.Because);
        var lines = quote["lines"]!.AsArray();
        var calls = lines.Where(part => part!["price_per_mtok"] is null).Sum(part => Amount(part!["cost_usd"]));
        Assert.Equal(Amount(quote["cost_usd"]), lines.Sum(part => Amount(part!["cost_usd"])));
        Assert.Equal(Amount(quote["cost_usd"]), Amount(quote["input_cost_usd"]) + Amount(quote["output_cost_usd"]) + calls);
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_stream_that_is_cut_anywhere_says_what_it_says_whole(string file, string name)
    {
        var vector = UsageVectors.Of(file, name);
        var bytes = vector.StreamBytes()!;
        var whole = Read(vector, bytes, bytes.Length);

        foreach (var size in new[] { 1, 2, 3, 7, 16, 61 })
        {
            Assert.Equal(whole, Read(vector, bytes, size));
        }
    }

    [Theory]
    [MemberData(nameof(Priced))]
    public void A_stream_that_ends_early_is_never_priced_for_less(string file, string name)
    {
        var vector = UsageVectors.Of(file, name);
        var bytes = vector.StreamBytes()!;
        var whole = Read(vector, bytes, bytes.Length);

        for (var length = 0; length < bytes.Length; length++)
        {
            var (early, isFinal) = Read(vector, bytes.AsSpan(0, length), length);

            // What may be missing is the mark of the end, or blank lines.
            Assert.True(early.Error is not null || early.Usage == whole.Usage.Usage, $"cut after {length} bytes");
            Assert.True(early.Error is not null || early.ComputeMilliseconds == whole.Usage.ComputeMilliseconds);
            Assert.True(early.Error is not null || isFinal);
        }
    }

    public static TheoryData<string, string> Streams() =>
        Select(vector => StreamScans.Open(vector.Line["provider"], vector.Line["api"], vector.Model, out _) is not null);

    // A session may end after each of its responses.
    public static TheoryData<string, string> Priced() => Select(vector => vector.Usd is not null && vector.Line["api"] != "realtime");

    private static TheoryData<string, string> Select(Func<UsageVector, bool> wanted)
    {
        var cases = new TheoryData<string, string>();
        foreach (var (file, vector) in UsageVectors.All)
        {
            if (vector.StreamBytes() is not null && wanted(vector))
            {
                cases.Add(file, vector.Name);
            }
        }
        return cases;
    }

    private static (BodyUsage Usage, bool IsFinal) Read(UsageVector vector, ReadOnlySpan<byte> bytes, int size)
    {
        using var stream = StreamScans.Open(vector.Line["provider"], vector.Line["api"], vector.Model, out _)!;
        for (var at = 0; at < bytes.Length; at += size)
        {
            stream.Feed(bytes[at..Math.Min(at + size, bytes.Length)]);
        }
        var usage = stream.Complete();
        return (usage, stream.UsageIsFinal);
    }

    [Fact]
    public void Each_provider_that_the_table_of_formats_has_is_read()
    {
        var table = File.ReadAllText(Path.Combine(UsageVectors.Root(), "docs", "pricing.md"));

        Assert.All(BodyReaders.Known, known => Assert.Contains($"`{known.Provider}`", table, StringComparison.Ordinal));
    }

    private static decimal Amount(JsonNode? amount) => decimal.Parse((string?)amount ?? "0", CultureInfo.InvariantCulture);
}
