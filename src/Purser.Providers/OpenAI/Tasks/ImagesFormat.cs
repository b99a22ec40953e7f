using System.Text.Json;
using Purser.Core.Pricing;

namespace Purser.Providers.OpenAI.Tasks;

/// <summary>Which operation with images.</summary>
public enum ImageTask
{
    /// <summary>Images are made of a text.</summary>
    Generation,

    /// <summary>Images are changed as a text says.</summary>
    Edit,

    /// <summary>Others like an image are made.</summary>
    Variation,
}

/// <summary>
/// Images: made, changed or varied. Their ceiling is their number at the fee of their size and quality, or where tokens are the price those of
/// the largest image that it can be. Streams may show them half done, which costs tokens, too.
/// </summary>
/// <param name="task">Which operation.</param>
/// <param name="vendor">Whose usage is read.</param>
public sealed class ImagesFormat(ImageTask task, string vendor = "openai") : OpenAITask(NameOf(task), PathOf(task), vendor, "images")
{
    private const int Model = 0;
    private const int Count = 1;
    private const int Size = 2;
    private const int Quality = 3;
    private const int Stream = 4;
    private const int Partial = 5;
    private const int User = 6;
    private const int Image = 7;
    private const int Images = 8;
    private const int ImageUrl = 9;

    // OpenAI's guide to vision: 65 and 129 for each tile of 512 pixels, and up to 6,144 with a high fidelity.
    private const long InputImageTokens = 8192;

    // OpenAI's guide to images: each that is shown half done.
    private const long PartialImageTokens = 100;

    private static readonly TopLevelMembers Members = new(
        "model",
        "n",
        "size",
        "quality",
        "stream",
        "partial_images",
        "user",
        "image",
        "images",
        "image_url"
    );

    private static readonly string[] Fields = ["model", "n", "size", "quality", "stream", "partial_images", "user", "mask"];

    private protected override IReadOnlyList<string> EndTypes => ["image_generation.completed", "image_edit.completed"];

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default)
    {
        var isForm = task != ImageTask.Generation && FormScan.Boundary(target.ContentType) is not null;
        var result = isForm
            ? FormFacts.Read(body.Span, target, Fields, ReadPart)
            : RequestScan.Read(body.Span, Members, ReadMember, target.Model);
        if (result.Facts is { } facts)
        {
            Finish(facts, isForm ? facts.TextBytes : body.Length);
        }
        return result;
    }

    private static void Finish(RequestFacts facts, long textBytes)
    {
        var images = facts.Choices;
        var variant =
            facts.ImageSize is "auto" || facts.ImageQuality is "auto"
                ? null
                : PricingTerms.VariantOf(facts.ImageSize ?? "1024x1024", facts.ImageQuality ?? "standard", null);
        facts.Pieces = new PieceBounds
        {
            Images = images,
            Variant = variant,
            InputImages = facts.NonTextParts,
        };
        facts.ImageOutput = true;
        facts.MaxInputTokens = textBytes + (facts.NonTextParts * InputImageTokens);
        if (ImageTokens.Of(facts.Model, facts.ImageSize, facts.ImageQuality) is { } each)
        {
            facts.MaxOutputTokens = each + (facts.PartialImages * PartialImageTokens);
        }
    }

    private static bool ReadMember(ref RequestScan scan, int member) =>
        member switch
        {
            Model => scan.ReadModel(),
            Count => ReadCount(ref scan),
            Size or Quality => ReadLook(ref scan, member),
            Stream => OpenAIRequest.ReadStream(ref scan),
            Partial => ReadPartial(ref scan),
            User => OpenAIRequest.ReadUser(ref scan, isUser: true),
            Image or Images or ImageUrl => ReadImages(ref scan),
            _ => scan.Walk(WalkRules.None),
        };

    private static bool ReadCount(ref RequestScan scan)
    {
        var isValid = scan.ReadPositive("n", 128, out var images);
        scan.Facts.Choices = images ?? 1;
        return isValid;
    }

    private static bool ReadLook(ref RequestScan scan, int member)
    {
        var isSize = member == Size;
        var isValid = scan.ReadChoice(isSize ? "size" : "quality", out var look);
        (scan.Facts.ImageSize, scan.Facts.ImageQuality) = isSize ? (look, scan.Facts.ImageQuality) : (scan.Facts.ImageSize, look);
        return isValid;
    }

    private static bool ReadPartial(ref RequestScan scan)
    {
        if (scan.Token == JsonTokenType.Number && scan.IsZero)
        {
            return true;
        }
        var isValid = scan.ReadPositive("partial_images", 128, out var partial);
        scan.Facts.PartialImages = partial ?? 0;
        return isValid;
    }

    private static bool ReadImages(ref RequestScan scan)
    {
        if (scan.Token != JsonTokenType.StartArray)
        {
            scan.Facts.NonTextParts += scan.IsNull ? 0 : 1;
            return scan.Walk(WalkRules.None);
        }
        while (scan.NextElement())
        {
            scan.Facts.NonTextParts++;
            if (!scan.Walk(WalkRules.None))
            {
                return false;
            }
        }
        return true;
    }

    private static RequestFault? ReadPart(RequestFacts facts, FormPart part, string? text)
    {
        switch (part.Name)
        {
            case "n":
                if (FormFacts.Number(text) is not { } images)
                {
                    return FormFacts.Invalid("n", "an integer from 1 to 128");
                }
                facts.Choices = images;
                break;
            case "partial_images" when text is not "0":
                if (FormFacts.Number(text) is not { } partial)
                {
                    return FormFacts.Invalid("partial_images", "an integer from 0 to 128");
                }
                facts.PartialImages = partial;
                break;
            case "size":
                facts.ImageSize = text ?? "";
                break;
            case "quality":
                facts.ImageQuality = text ?? "";
                break;
            case "stream":
                facts.Stream = text is not ("false" or "False" or "0" or "");
                break;
            case "user":
                facts.EndUser = JsonReading.Clean(text, 256);
                break;
            case "image" or "image[]" or "mask":
                facts.NonTextParts++;
                return null;
            default:
                facts.NonTextParts += part.IsFile ? 1 : 0;
                break;
        }
        // The prompt, and whatever else is written.
        facts.TextBytes += part.IsFile ? 0 : part.Content.Length;
        return null;
    }

    private static string NameOf(ImageTask task) =>
        task switch
        {
            ImageTask.Generation => "images",
            ImageTask.Edit => "image-edits",
            _ => "image-variations",
        };

    private static string PathOf(ImageTask task) =>
        task switch
        {
            ImageTask.Generation => "/images/generations",
            ImageTask.Edit => "/images/edits",
            _ => "/images/variations",
        };
}
