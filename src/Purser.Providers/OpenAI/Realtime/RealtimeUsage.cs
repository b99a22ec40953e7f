using System.Buffers;
using System.Text.Json;
using Purser.Providers.Bodies;

namespace Purser.Providers.OpenAI.Realtime;

/// <summary>Reads what the responses and transcriptions of a session used, and writes a session's errors.</summary>
public static class RealtimeUsage
{
    private static readonly BodyReader Responses = new ModalityBodyReader(ModalityApi.Realtime);
    private static readonly BodyReader Audio = new ModalityBodyReader(ModalityApi.Audio);

    /// <summary>Reads a <c>response.done</c>.</summary>
    /// <param name="message">The event.</param>
    /// <param name="reading">Takes what it says.</param>
    /// <returns>How the response ended: <c>completed</c>, <c>cancelled</c>, <c>incomplete</c>, <c>failed</c>; null where it doesn't say.</returns>
    public static string? ReadResponse(ReadOnlySpan<byte> message, UsageReading reading)
    {
        var response = BodyScan.Member(message, "response"u8);
        var usage = BodyScan.Member(response, "usage"u8);
        (reading.ResponseId, reading.StopReason) = (BodyScan.Text(response, "id"u8), BodyScan.Text(response, "status"u8));
        (reading.Terminated, reading.MayThinkUnseen) = (true, false);
        if (usage is [(byte)'{', ..])
        {
            Responses.ReadInto(message, null, reading);
            reading.UsageIsFinal = reading.HasUsage;
            reading.SetRaw(usage);
        }
        return reading.StopReason;
    }

    /// <summary>Counts output that was shown, for a response that doesn't come to say what it used.</summary>
    /// <param name="reading">The response's.</param>
    /// <param name="tokens">The most tokens that it can be.</param>
    public static void Show(UsageReading reading, long tokens)
    {
        reading.RelayedOutputBytes += tokens;
        reading.OutputEvents++;
    }

    /// <summary>Reads a <c>conversation.item.input_audio_transcription.completed</c>.</summary>
    /// <param name="message">The event.</param>
    /// <param name="model">The model that transcribed.</param>
    /// <param name="reading">Takes what it used, as that of another model.</param>
    /// <returns>False where the event doesn't say it.</returns>
    public static bool ReadTranscription(ReadOnlySpan<byte> message, string model, UsageReading reading)
    {
        var usage = BodyScan.Member(message, "usage"u8);
        if (usage is not [(byte)'{', ..])
        {
            return false;
        }
        var one = BodyReader.NewReading();
        Audio.ReadInto(usage, model, one);
        if (!one.HasUsage)
        {
            return false;
        }
        reading.AddOtherModel(model, one.Usage);
        (reading.HasUsage, reading.UsageIsFinal, reading.Terminated) = (true, true, true);
        reading.ResponseId = BodyScan.Text(message, "item_id"u8);
        reading.SetRaw(usage);
        if (one.Violation is { } violation)
        {
            reading.AddViolation(violation);
        }
        return true;
    }

    /// <summary>Writes an <c>error</c> event.</summary>
    /// <param name="output">Takes the event.</param>
    /// <param name="error">What went wrong.</param>
    /// <param name="eventId">The client's event that it is about, or null.</param>
    public static void WriteError(IBufferWriter<byte> output, in WireError error, string? eventId)
    {
        using var writer = new Utf8JsonWriter(output, ErrorJson.Options);
        writer.WriteStartObject();
        writer.WriteString("type", "error");
        writer.WriteString("event_id", $"event_{error.RequestId}");
        writer.WriteStartObject("error");
        writer.WriteString(
            "type",
            error.Status == 402 ? "insufficient_quota"
                : error.Status >= 500 ? "server_error"
                : "invalid_request_error"
        );
        writer.WriteString("code", error.Code);
        writer.WriteString("message", error.Message);
        writer.WriteString("param", error.Param);
        writer.WriteString("event_id", eventId);
        ErrorJson.WriteDetails(writer, error, withRequestId: true);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
