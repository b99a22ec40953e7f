using System.Text.Json;
using CsCheck;

namespace Purser.Providers.Tests.OpenAIResponses;

/// <summary>A response that is split anywhere and cut anywhere is still one that its clients accept.</summary>
public class ResponsesCutOffPropertyTests
{
    private static readonly Gen<string> Streams = Gen.Int[0, 3].Array[0, 5].Select(Stream);

    private static readonly Gen<string> LineEnds = Gen.Int[0, 2].Select(index => new[] { "\n", "\r\n", "\r" }[index]);

    private static string Stream(int[] kinds)
    {
        List<string> events = [ResponseEvents.Begin];
        List<string> whole = [];
        for (var index = 0; index < kinds.Length; index++)
        {
            switch (kinds[index])
            {
                case 0:
                    events.AddRange(
                        ResponseEvents.Added(index, ResponseEvents.EmptyMessage),
                        ResponseEvents.PartAdded(index),
                        ResponseEvents.Delta(index, "Hé\\n"),
                        ResponseEvents.Delta(index, "\\u0041"),
                        ResponseEvents.TextDone(index, "Hé\\nA"),
                        ResponseEvents.PartDone(index, "Hé\\nA")
                    );
                    whole.Add(ResponseEvents.Message("Hé\\nA"));
                    break;
                case 1:
                    events.Add(ResponseEvents.Added(index, """{"id":"rs_1","type":"reasoning","summary":[]}"""));
                    whole.Add("""{"id":"rs_1","type":"reasoning","summary":[]}""");
                    break;
                default:
                    var (type, member, name) =
                        kinds[index] == 2
                            ? ("function_call", "arguments", "response.function_call_arguments")
                            : ("custom_tool_call", "input", "response.custom_tool_call_input");
                    events.AddRange(
                        ResponseEvents.Added(index, $$"""{"id":"fc_1","type":"{{type}}","{{member}}":"","call_id":"c","name":"f"}"""),
                        $$"""{"type":"{{name}}.delta","item_id":"fc_1","output_index":{{index}},"delta":"{}"}""",
                        $$"""{"type":"{{name}}.done","item_id":"fc_1","output_index":{{index}},"{{member}}":"{}"}"""
                    );
                    whole.Add($$"""{"id":"fc_1","type":"{{type}}","{{member}}":"{}","call_id":"c","name":"f"}""");
                    break;
            }
            events.Add(ResponseEvents.Done(index, whole[^1]));
        }
        var output = string.Join(',', whole);
        events.Add(
            $$"""{"type":"response.completed","response":{"id":"resp_1","object":"response","status":"completed","output":[{{output}}],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5} } }"""
        );
        return string.Concat(ResponseEvents.Of([.. events]));
    }

    [Fact]
    public void Any_response_cut_anywhere_then_a_legal_sequence_of_events() =>
        Gen.Select(Streams, LineEnds, Gen.Int[0, 20_000], Gen.Int[1, 90].Array[1, 9])
            .Sample(
                (stream, lineEnd, at, sizes) =>
                    AssertIsResponse(
                        CutOffPropertyTests.Data(CutOffPropertyTests.Cut(ProviderCatalog.Responses, stream, lineEnd, at, sizes))
                    ),
                iter: 10_000
            );

    [Fact]
    public void Any_response_with_a_notice_anywhere_then_still_legal_and_all_else_is_as_it_was() =>
        Gen.Select(Streams, LineEnds, Gen.Int[0, 20_000])
            .Sample(
                (stream, lineEnd, at) =>
                    AssertIsResponse(
                        CutOffPropertyTests.Data(CutOffPropertyTests.Noticed(ProviderCatalog.Responses, stream, lineEnd, at)),
                        isCut: false
                    ),
                iter: 5_000
            );

    private static void AssertIsResponse(List<string> events, bool isCut = true)
    {
        var open = new HashSet<int>();
        var texts = new Dictionary<int, string>();
        var tools = new HashSet<int>();
        var (next, added, ended) = (0, 0, false);
        foreach (var data in events)
        {
            using var document = JsonDocument.Parse(data);
            var json = document.RootElement;
            Assert.False(ended);
            Assert.Equal(next++, json.GetProperty("sequence_number").GetInt32());
            var index = json.TryGetProperty("output_index", out var place) ? place.GetInt32() : -1;
            switch (json.GetProperty("type").GetString())
            {
                case "response.created":
                    Assert.Equal(1, next);
                    break;
                case "response.output_item.added":
                    Assert.Equal(added++, index);
                    open.Add(index);
                    _ = json.GetProperty("item").GetProperty("type").GetString() == "custom_tool_call" && tools.Add(index);
                    break;
                case "response.output_item.done":
                    Assert.True(open.Remove(index));
                    break;
                case "response.output_text.delta":
                    Assert.Contains(index, open);
                    texts[index] = texts.GetValueOrDefault(index) + json.GetProperty("delta").GetString();
                    break;
                case "response.completed":
                case "response.incomplete":
                    ended = true;
                    AssertIsEnd(json.GetProperty("response"), added, isCut ? texts : []);
                    break;
                default:
                    Assert.Contains(index, open);
                    break;
            }
        }
        Assert.True(ended);
        // A custom tool's call that isn't whole is never said to be done.
        Assert.Subset(tools, open);
    }

    private static void AssertIsEnd(JsonElement response, int items, Dictionary<int, string> texts)
    {
        Assert.True(response.GetProperty("status").GetString() is "incomplete" or "completed");
        Assert.Equal(items, response.GetProperty("output").GetArrayLength());
        foreach (var (index, text) in texts)
        {
            Assert.Equal(text, response.GetProperty("output")[index].GetProperty("content")[0].GetProperty("text").GetString());
        }
    }
}
