using System.Text;
using CsCheck;
using Purser.Core.Usage;
using Purser.Providers.Bodies;

namespace Purser.Providers.Tests.Bodies;

/// <summary>Whatever a body holds, no reader throws, and none gives a negative or an overflowing figure.</summary>
public sealed class BodyReaderFuzzTests
{
    private static readonly string[] Bodies =
    [
        """{"model":"m","service_tier":"batch","usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,"cached_tokens":15,"reasoning_tokens":2,"prompt_cache_hit_tokens":15,"prompt_cache_miss_tokens":85,"prompt_tokens_details":{"audio_tokens":80,"cached_tokens":15,"cache_write_tokens":4,"cached_tokens_details":{"audio_tokens":10}},"completion_tokens_details":{"reasoning_tokens":2,"audio_tokens":40}}}""",
        """{"usage":{"input_tokens":1000,"input_tokens_details":{"cached_tokens":600},"output_tokens":300,"output_tokens_details":{"reasoning_tokens":200},"total_tokens":1300},"output":[{"type":"web_search_call","action":{"queries":["a"]}}]}""",
        """{"response":{"usage":{"total_tokens":253,"input_tokens":132,"output_tokens":121,"input_token_details":{"text_tokens":119,"audio_tokens":13,"cached_tokens":64,"cached_tokens_details":{"text_tokens":64,"audio_tokens":0}},"output_token_details":{"text_tokens":30,"audio_tokens":91}}}}""",
        """{"input_tokens":50,"cache_creation_input_tokens":300,"cache_read_input_tokens":1000,"cache_creation":{"ephemeral_5m_input_tokens":100,"ephemeral_1h_input_tokens":200},"output_tokens":30,"output_tokens_details":{"thinking_tokens":3},"server_tool_use":{"web_search_requests":3},"iterations":[{"type":"message","input_tokens":10,"output_tokens":5}]}""",
        """{"candidates":[{"groundingMetadata":{"webSearchQueries":["a"]}}],"usageMetadata":{"promptTokenCount":200,"cachedContentTokenCount":55,"toolUsePromptTokenCount":5,"candidatesTokenCount":9,"thoughtsTokenCount":4,"promptTokensDetails":[{"modality":"TEXT","tokenCount":100},{"modality":"AUDIO","tokenCount":50},{"modality":"VIDEO","tokenCount":50}],"cacheTokensDetails":[{"modality":"TEXT","tokenCount":40},{"modality":"AUDIO","tokenCount":10},{"modality":"VIDEO","tokenCount":5}]}}""",
        """{"usage":{"inputTokens":10,"outputTokens":20,"totalTokens":30,"cacheReadInputTokens":7,"cacheWriteInputTokens":300,"cacheDetails":[{"inputTokens":100,"ttl":"5m"},{"inputTokens":200,"ttl":"1h"}]}}""",
        """{"meta":{"billed_units":{"input_tokens":12}},"usage":{"billed_units":{"input_tokens":5.0,"output_tokens":4},"tokens":{"input_tokens":71,"output_tokens":6},"cached_tokens":11},"prompt_eval_count":26,"eval_count":298}""",
        """{"usage":{"prompt_tokens":20,"completion_tokens":7,"total_tokens":402,"prompt_audio_seconds":12.5,"search_context_size":"low","citation_tokens":3,"num_search_queries":2,"num_sources_used":4,"num_server_side_tools_used":3,"server_side_tool_usage_details":{"web_search_calls":1,"x_search_calls":2},"prompt_tokens_details":{"audio_tokens":375}}}""",
        """{"tools":[{"type":"code_interpreter","container":{"type":"auto"}}],"output":[{"type":"code_interpreter_call","container_id":"c"},{"type":"file_search_call"}],"usage":{"input_tokens":10,"output_tokens":5,"total_tokens":15}}""",
        """{"usage_info":{"pages_processed":3,"pages_processed_annotation":2},"document_annotation":null,"pages":[]}""",
        """{"meta":{"billed_units":{"search_units":1,"classifications":2}},"data":[{"url":"u"},{}],"text":"x","usage":{"type":"duration","seconds":3.5}}""",
    ];

    private static readonly string[] Odd =
    [
        "0",
        "-1",
        "1e3",
        "1.0",
        "0.5",
        "null",
        "\"9\"",
        "{}",
        "[]",
        "[[{}]]",
        "9223372036854775807",
        "999999999999",
        "1e999",
        "\"\\ud800\"",
        "true",
    ];

    private static readonly Gen<byte[]> Mutated =
        from body in Gen.Int[0, Bodies.Length - 1].Select(index => Bodies[index])
        from changes in Gen.Select(Gen.Int[0, 60], Gen.Int[0, Odd.Length - 1].Select(index => Odd[index])).Array[0, 4]
        from noise in Gen.Select(Gen.Int[0, 2000], Gen.Byte).Array[0, 2]
        from cut in Gen.Int[0, 30]
        select Mutate(body, changes, noise, cut);

    private static readonly BodyReader[] Readers =
    [
        .. BodyReaders
            .Known.Select(known => BodyReaders.Find(known.Provider.Replace("*", "x", StringComparison.Ordinal), known.Api, out _)!)
            .Distinct(),
    ];

    [Fact]
    public void Bytes_break_no_reader() => Gen.Byte.Array[0, 200].Sample(ReadAll, iter: 20_000);

    [Fact]
    public void Mutated_bodies_break_no_reader() => Mutated.Sample(ReadAll, iter: 50_000);

    [Fact]
    public void Each_body_is_read_by_some_reader()
    {
        Assert.All(Bodies, body => Assert.Contains(Readers, reader => reader.Read(Encoding.UTF8.GetBytes(body), "m").Error is null));
    }

    private static void ReadAll(byte[] body)
    {
        foreach (var reader in Readers)
        {
            var read = reader.Read(body, "m");
            Assert.True(read.Video.Fresh >= 0 && read.Video.CacheRead >= 0);
            for (var index = 0; index < TokenUsage.ClassCount; index++)
            {
                Assert.InRange(read.Usage[(UsageClass)index], 0, 100 * UsageReading.MaxCount);
            }
        }
    }

    private static byte[] Mutate(string body, (int Number, string Odd)[] changes, (int At, byte Value)[] noise, int cut)
    {
        foreach (var (number, odd) in changes)
        {
            var seen = 0;
            body = System.Text.RegularExpressions.Regex.Replace(
                body,
                "(?<=[:,\\[])([0-9][0-9.]*|\\{\\})",
                match => seen++ == number % 24 ? odd : match.Value
            );
        }
        var bytes = Encoding.UTF8.GetBytes(body);
        foreach (var (at, value) in noise.Where(change => change.At < bytes.Length))
        {
            bytes[at] = value;
        }
        return cut == 0 ? bytes[..(bytes.Length / 2)] : bytes;
    }
}
