using Purser.Simulator.Faults;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Bedrock;

/// <summary>Bedrock's errors, in AWS's words. The type goes into a header, and the body has the message alone.</summary>
internal static class BedrockErrors
{
    public static readonly RequestError MissingToken = new(403, "MissingAuthenticationTokenException", "Missing Authentication Token");

    public static readonly RequestError UnknownKey = new(
        403,
        "UnrecognizedClientException",
        "The security token included in the request is invalid."
    );

    public static readonly RequestError WrongSignature = new(
        403,
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. "
            + "Consult the service documentation for details."
    );

    public static readonly RequestError NoSuchModel = Invalid("The provided model identifier is invalid.");

    public static readonly RequestError NotJson = Invalid("Malformed input request, please reformat your input and try again.");

    public static readonly RequestError UnknownUrl = new(404, "UnknownOperationException", "");

    public static readonly RequestError TooLarge = new(413, "RequestEntityTooLargeException", "Request size exceeds the limit.");

    public static RequestError Invalid(string message) => new(400, "ValidationException", message);

    /// <summary>A signature that lacks a part.</summary>
    public static RequestError Incomplete(string message) => new(403, "IncompleteSignatureException", message);

    public static RequestError Of(FaultKind fault) =>
        fault switch
        {
            FaultKind.KeyRefused => new(403, "UnrecognizedClientException", "The security token included in the request is invalid."),
            FaultKind.RateLimited => new(429, "ThrottlingException", "Too many requests, please wait before trying again."),
            FaultKind.Unavailable or FaultKind.Overloaded => new(
                503,
                "ServiceUnavailableException",
                "Bedrock is unable to process your request."
            ),
            _ => new(
                500,
                "InternalServerException",
                "The system encountered an unexpected error during processing. Try your request again."
            ),
        };
}
