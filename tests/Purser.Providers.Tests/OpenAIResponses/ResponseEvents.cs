using System.Text.Json;

namespace Purser.Providers.Tests.OpenAIResponses;

/// <summary>The events of a response as OpenAI sends them, numbered from 0.</summary>
internal static class ResponseEvents
{
    public const string Created =
        """{"id":"resp_1","object":"response","created_at":7,"status":"in_progress","error":null,"incomplete_details":null,"model":"gpt-1","output":[],"tools":[],"usage":null,"metadata":{}}""";

    public const string EmptyMessage = """{"id":"msg_1","type":"message","status":"in_progress","content":[],"role":"assistant"}""";

    /// <summary>Numbers events, and names each.</summary>
    public static string[] Of(params string[] events) =>
        [
            .. events.Select(
                (data, number) =>
                {
                    using var json = JsonDocument.Parse(data);
                    var type = json.RootElement.GetProperty("type").GetString();
                    return $"event: {type}\ndata: {data[..^1]},\"sequence_number\":{number}}}\n\n";
                }
            ),
        ];

    public static string Begin => $$"""{"type":"response.created","response":{{Created}}}""";

    public static string Added(int index, string item) =>
        $$"""{"type":"response.output_item.added","output_index":{{index}},"item":{{item}}}""";

    public static string Done(int index, string item) =>
        $$"""{"type":"response.output_item.done","output_index":{{index}},"item":{{item}}}""";

    public static string PartAdded(int index) =>
        $$"""{"type":"response.content_part.added","item_id":"msg_1","output_index":{{index}},"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""} }""";

    public static string Delta(int index, string text) =>
        $$"""{"type":"response.output_text.delta","item_id":"msg_1","output_index":{{index}},"content_index":0,"delta":"{{text}}","logprobs":[]}""";

    public static string TextDone(int index, string text) =>
        $$"""{"type":"response.output_text.done","item_id":"msg_1","output_index":{{index}},"content_index":0,"text":"{{text}}","logprobs":[]}""";

    public static string Part(string text) => $$"""{"type":"output_text","annotations":[],"logprobs":[],"text":"{{text}}"}""";

    public static string PartDone(int index, string text) =>
        $$"""{"type":"response.content_part.done","item_id":"msg_1","output_index":{{index}},"content_index":0,"part":{{Part(text)}} }""";

    public static string Message(string text, string status = "completed") =>
        $$"""{"id":"msg_1","type":"message","status":"{{status}}","content":[{{Part(text)}}],"role":"assistant"}""";

    /// <summary>A whole stream of one message: created, added, part, delta, text done, part done, done, completed.</summary>
    public static string[] Text(string text) =>
        Of(
            Begin,
            Added(0, EmptyMessage),
            PartAdded(0),
            Delta(0, text),
            TextDone(0, text),
            PartDone(0, text),
            Done(0, Message(text)),
            $$"""{"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[{{Message(text)}}],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5} } }"""
        );
}
