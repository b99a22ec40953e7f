using System.Buffers;
using System.Text;
using Purser.Providers.Translation;

namespace Purser.Bench.Usage;

/// <summary>A stream that is translated from a provider's format into a client's: one event of text again and again.</summary>
/// <param name="provider">The provider's format.</param>
/// <param name="client">The client's format.</param>
/// <param name="begin">What comes before the event.</param>
/// <param name="data">The event's data.</param>
internal sealed class Translated(string provider, string client, string begin, string data)
{
    public static readonly Translated[] All =
    [
        new(
            "chat",
            "messages",
            "",
            """{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1760000000,"model":"gpt-5-mini","service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}],"usage":null}"""
        ),
        new(
            "messages",
            "chat",
            """data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""" + "\n\n",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" token"}}"""
        ),
    ];

    public string Name { get; } = $"{provider} to {client}";

    public byte[] Data { get; } = Encoding.UTF8.GetBytes(data);

    public byte[] Event { get; } = Encoding.UTF8.GetBytes($"data: {data}\n\n");

    public Measured Measured()
    {
        var context = new AnswerContext(new CanonicalRequest { Model = "m" }, "answer", 0);
        var reader = FormatTranslators.Find(provider)!.CreateStreamReader(context);
        var passage = new Passage(FormatTranslators.Find(client)!.CreateStreamWriter(context));
        reader.Feed(Encoding.UTF8.GetBytes(begin), passage);
        return new Measured(
            Name,
            calls: 1000,
            () =>
            {
                for (var i = 0; i < 1000; i++)
                {
                    passage.Output.ResetWrittenCount();
                    reader.Feed(Event, passage);
                }
            }
        );
    }

    private sealed class Passage(CanonicalStreamWriter writer) : CanonicalEvents
    {
        public ArrayBufferWriter<byte> Output { get; } = new();

        public override void Take(in CanonicalEvent next) => writer.Write(next, Output);
    }
}
