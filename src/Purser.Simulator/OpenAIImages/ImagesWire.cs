using System.Text;
using System.Text.Json;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.OpenAI;
using Purser.Simulator.Record;
using Purser.Simulator.Requests;

namespace Purser.Simulator.OpenAIImages;

/// <summary>
/// The format of OpenAI's images: <c>generations</c> in JSON, <c>edits</c> in a form. Models named <c>dall-e…</c> are billed by the image and don't
/// say their usage; others are billed by tokens.
/// </summary>
/// <param name="edits">Whether images are edited.</param>
/// <param name="contentType">The type of the request's body.</param>
internal sealed class ImagesWire(bool edits, string? contentType) : OpenAIWire
{
    // One pixel: nobody looks at it.
    private const string Image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    public override ulong Seed => edits ? 21UL : 20UL;

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) => new(request.PromptTokens, 0, 0, 0);

    public override bool Refuses(FaultKind fault) => fault == FaultKind.Blocked || base.Refuses(fault);

    public override RequestError ErrorOf(FaultKind fault, string model) =>
        fault == FaultKind.Blocked
            ? new RequestError(
                400,
                "image_generation_user_error",
                "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com and include the "
                    + "request ID. safety_violations=[violence].",
                null,
                "moderation_blocked"
            )
            : base.ErrorOf(fault, model);

    // An answer has no id.
    public override string NewId(ref SeededRandom random) => "";

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        var form = MultipartForm.Parse(contentType, body.Bytes);
        try
        {
            var settings = form is null ? FromJson(Json.Parse(body.Reader())) : FromForm(form);
            return Read(body, settings, [.. form?.Files ?? []], out error);
        }
        catch (JsonException)
        {
            error = OpenAIErrors.NotJson;
            return null;
        }
    }

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var media = exchange.Request.Media!;
        var isDallE = exchange.Request.Units is not null;
        var compact = new OutputBuffer().Add("{\"created\":"u8).Add(exchange.Created);
        compact = isDallE ? compact : compact.Add(",\"background\":"u8).AddJson(media.Background);
        compact.Add(",\"data\":["u8);
        for (var i = 0; i < exchange.Answers.Length; i++)
        {
            compact.Add(i == 0 ? "{"u8 : ",{"u8);
            if (exchange.Request.Model.Name == "dall-e-3")
            {
                compact.Add("\"revised_prompt\":"u8).AddJson("A picture of what was asked for.").Add(","u8);
            }

            compact.Add(media.IsLink ? "\"url\":\"https://simulator.invalid/images/"u8 : "\"b64_json\":\""u8);
            compact = media.IsLink ? compact.AddAscii(exchange.RequestId).Add("-"u8).Add(i).Add(".png"u8) : compact.AddAscii(Image);
            compact.Add("\"}"u8);
        }

        compact.Add("]"u8);
        if (!isDallE)
        {
            compact.Add(",\"output_format\":"u8).AddJson(media.Format).Add(",\"quality\":"u8).AddJson(media.Quality);
            compact.Add(",\"size\":"u8).AddJson(media.Size);
            WriteUsage(compact, exchange, isStream: false);
        }

        IndentedJson.Write(to, compact.Add("}"u8));
        to.Add("\n"u8);
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange)
    {
        var partial = exchange.Request.Media!.Partial;
        var left = exchange.OutputTokens;
        for (var i = 0; i < partial; i++)
        {
            Open(to, exchange, ".partial_image").Add(",\"partial_image_index\":"u8).Add(i).Add("}\n\n"u8);
            var tokens = exchange.OutputTokens / (partial + 1);
            left -= tokens;
            yield return new Frame(tokens);
        }

        yield return new Frame(left, 0, IsLast: true);
        WriteUsage(Open(to, exchange, ".completed"), exchange, isStream: true);
        to.Add("}\n\n"u8);
        yield return Frame.Free;
    }

    public override void WriteStreamError(OutputBuffer to, Exchange exchange)
    {
        var error = OpenAIErrors.Of(FaultKind.ServerError, "");
        to.Add("event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":"u8).AddJson(error.Message);
        to.Add(",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n"u8);
    }

    public override void WriteGarbageEvent(OutputBuffer to) =>
        to.Add("event: image_generation.partial_image\ndata: {\"type\":\"ima<html>502 Bad Gateway</html>\n\n"u8);

    private OutputBuffer Open(OutputBuffer to, Exchange exchange, string type)
    {
        var (media, name) = (exchange.Request.Media!, (edits ? "image_edit" : "image_generation") + type);
        to.Add("event: "u8).AddAscii(name).Add("\ndata: {\"type\":\""u8).AddAscii(name).Add("\",\"b64_json\":\""u8).AddAscii(Image);
        to.Add("\",\"background\":"u8).AddJson(media.Background).Add(",\"created_at\":"u8).Add(exchange.Created);
        to.Add(",\"output_format\":"u8).AddJson(media.Format).Add(",\"quality\":"u8).AddJson(media.Quality);
        return to.Add(",\"size\":"u8).AddJson(media.Size);
    }

    private static void WriteUsage(OutputBuffer to, Exchange exchange, bool isStream)
    {
        if (!exchange.SaysUsage)
        {
            return;
        }

        var (prompt, output, images) = (exchange.Prompt.Total, exchange.OutputTokens, exchange.Request.Modalities![1]);
        to.Add(",\"usage\":{\"input_tokens\":"u8).Add(prompt).Add(",\"input_tokens_details\":{\"image_tokens\":"u8).Add(images);
        to.Add(",\"text_tokens\":"u8).Add(prompt - images).Add("},\"output_tokens\":"u8).Add(output);
        to = isStream ? to : to.Add(",\"output_tokens_details\":{\"image_tokens\":"u8).Add(output).Add(",\"text_tokens\":0}"u8);
        to.Add(",\"total_tokens\":"u8).Add(prompt + output).Add("}"u8);
    }

    private static ImageSettings FromJson(JsonElement asked) =>
        new(
            Json.Text(asked, "model"),
            Json.Text(asked, "prompt"),
            Json.Integer(asked, "n"),
            Json.Text(asked, "size"),
            Json.Text(asked, "quality"),
            Json.Text(asked, "background"),
            Json.Text(asked, "output_format"),
            Json.Text(asked, "response_format"),
            Json.Get(asked, "stream") is { ValueKind: JsonValueKind.True },
            Json.Integer(asked, "partial_images"),
            Json.Text(asked, "user")
        );

    private static ImageSettings FromForm(MultipartForm form) =>
        new(
            form.Text("model"),
            form.Text("prompt"),
            form.Integer("n"),
            form.Text("size"),
            form.Text("quality"),
            form.Text("background"),
            form.Text("output_format"),
            form.Text("response_format"),
            form.IsTrue("stream"),
            form.Integer("partial_images"),
            form.Text("user")
        );

    private RequestError? Check(ImageSettings settings, int files) =>
        settings.Prompt is null ? OpenAIErrors.MissingParameter("prompt")
        : edits && files == 0 ? OpenAIErrors.MissingParameter("image")
        : settings.Count < 1 ? OpenAIErrors.BelowMinimum("n", 1, settings.Count.Value)
        : settings.Count > 10 ? OpenAIErrors.AboveMaximum("n", 10, settings.Count.Value)
        : settings.Partial > 3 ? OpenAIErrors.AboveMaximum("partial_images", 3, settings.Partial.Value)
        : !settings.IsDallE && settings.ResponseFormat is not null
            ? new RequestError(
                400,
                "invalid_request_error",
                "Unknown parameter: 'response_format'.",
                "response_format",
                "unknown_parameter"
            )
        : null;

    private ChatRequest? Read(RequestBody body, ImageSettings settings, List<FormPart> files, out RequestError? error)
    {
        var facts = body.Models.Get(body.Model ?? settings.Name);
        error = Check(settings, files.Count) ?? (facts.Exists ? null : OpenAIErrors.NoSuchModel(facts.Name));
        if (error is not null)
        {
            return null;
        }

        var (meter, tokens) = (body.Meter(facts, steps: false), new ModalityTokens());
        var prompt = Encoding.UTF8.GetBytes(settings.Prompt!);
        meter.Add(prompt);
        tokens.AddText(meter.Tokens);
        foreach (var file in settings.IsDallE ? [] : files)
        {
            meter.AddFlat(ImageSettings.InputImageTokens, file.Content);
            tokens.AddFile("image/", ImageSettings.InputImageTokens);
        }

        var partial = settings.Stream ? (int)(settings.Partial ?? 0) : 0;
        var count = (int)(settings.Count ?? 1);
        return new ChatRequest
        {
            Model = facts,
            Stream = settings.Stream && !settings.IsDallE,
            Choices = settings.Stream ? 1 : count,
            ServiceTier = "default",
            EndUser = settings.User,
            PromptTokens = settings.IsDallE ? 0 : meter.Tokens,
            Modalities = tokens,
            Units = settings.IsDallE ? new BilledUnits("images", count) : null,
            Media = new MediaRequest(
                settings.OutputFormat ?? "png",
                "image",
                settings.OutputTokens + (settings.IsDallE ? 0 : partial * ImageSettings.PartialImageTokens)
            )
            {
                Size = settings.ServedSize,
                Quality = settings.ServedQuality,
                Background = settings.Background is null or "auto" ? "opaque" : settings.Background,
                Partial = partial,
                IsLink = settings.IsDallE && settings.ResponseFormat != "b64_json",
            },
            Marker = PromptText.Marker(prompt),
        };
    }
}
