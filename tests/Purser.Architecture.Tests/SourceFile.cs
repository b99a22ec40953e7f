using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Purser.Architecture.Tests;

/// <summary>A C# file, parsed.</summary>
internal sealed record SourceFile(string Path, string Text, CompilationUnitSyntax Tree)
{
    public static SourceFile Parse(string path, string text) =>
        new(path, text, CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Latest)).GetCompilationUnitRoot());

    /// <summary>All nodes of a kind.</summary>
    public IEnumerable<T> All<T>()
        where T : SyntaxNode => Tree.DescendantNodes().OfType<T>();

    /// <summary><c>path:line: what</c>, as editors jump to it.</summary>
    public string At(SyntaxNodeOrToken place, string what) =>
        $"{Path}:{place.GetLocation()!.GetLineSpan().StartLinePosition.Line + 1}: {what}";

    /// <summary><c>path:line: what</c> for a comment.</summary>
    public string At(SyntaxTrivia place, string what) => $"{Path}:{place.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: {what}";
}
