using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Purser.Architecture.Tests;

/// <summary>The house's rules over one file's text. Each returns what breaks it, as <c>path:line: what</c>.</summary>
internal static partial class SourceRules
{
    private const int LongestFile = 500;
    private const int LongestMethod = 60;

    /// <summary>A file fits in a head.</summary>
    public static IEnumerable<string> FileIsShort(SourceFile file)
    {
        var lines = file.Text.AsSpan().TrimEnd('\n').Count('\n') + 1;
        if (lines > LongestFile)
        {
            yield return $"{file.Path}:1: {lines} lines, more than {LongestFile}";
        }
    }

    /// <summary>A method, constructor, accessor or local function fits on a screen.</summary>
    public static IEnumerable<string> MethodIsShort(SourceFile file) =>
        from node in file.Tree.DescendantNodes()
        where node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax or LocalFunctionStatementSyntax
        let span = node.GetLocation().GetLineSpan()
        let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
        where lines > LongestMethod
        select file.At(node, $"{lines} lines, more than {LongestMethod}");

    /// <summary>What is merged is finished: no notes to self, no holes.</summary>
    public static IEnumerable<string> NothingIsUnfinished(SourceFile file) =>
        file
            .Tree.DescendantTrivia(descendIntoTrivia: false)
            .Where(trivia => Unfinished().IsMatch(trivia.ToFullString()))
            .Select(trivia => file.At(trivia, "an unfinished note"))
            .Concat(
                file.All<IdentifierNameSyntax>()
                    .Where(name => name.Identifier.Text == "NotImplementedException")
                    .Select(name => file.At(name, "not implemented"))
            );

    /// <summary>No thread sleeps.</summary>
    public static IEnumerable<string> NoThreadSleeps(SourceFile file) =>
        Calls(file).Where(call => call.Target == "Thread.Sleep").Select(call => file.At(call.Node, "Thread.Sleep"));

    /// <summary>A delay is measured by a clock that a test can move.</summary>
    public static IEnumerable<string> DelaysTakeAClock(SourceFile file) =>
        Calls(file)
            .Where(call => call.Target == "Task.Delay" && !call.Arguments.Any(argument => Clock().IsMatch(argument.ToString())))
            .Select(call => file.At(call.Node, "Task.Delay without a TimeProvider"));

    /// <summary>Money is an integer or a decimal.</summary>
    public static IEnumerable<string> NoBinaryFractions(SourceFile file) =>
        file.All<PredefinedTypeSyntax>()
            .Where(type => type.Keyword.Kind() is SyntaxKind.DoubleKeyword or SyntaxKind.FloatKeyword)
            .Select(type => file.At(type, $"{type.Keyword.Text} where money is computed"))
            .Concat(
                file.All<LiteralExpressionSyntax>()
                    .Where(literal => literal.Token.Value is double or float)
                    .Select(literal => file.At(literal, $"the binary fraction {literal.Token.Text} where money is computed"))
            );

    /// <summary>A type's name says what it is.</summary>
    public static IEnumerable<string> NamesSaySomething(SourceFile file) =>
        file.All<BaseTypeDeclarationSyntax>()
            .Where(type => EmptyName().IsMatch(type.Identifier.Text))
            .Select(type => file.At(type, $"'{type.Identifier.Text}' needs a better noun"));

    private static IEnumerable<(SyntaxNode Node, string Target, SeparatedSyntaxList<ArgumentSyntax> Arguments)> Calls(SourceFile file) =>
        from call in file.All<InvocationExpressionSyntax>()
        let member = call.Expression as MemberAccessExpressionSyntax
        where member is not null
        let type = member.Expression.ToString().Split('.')[^1]
        select ((SyntaxNode)call, $"{type}.{member.Name.Identifier.Text}", call.ArgumentList.Arguments);

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex Unfinished();

    // A wait without an end isn't measured by any clock.
    [GeneratedRegex(@"clock|time(Provider)?$|^Timeout\.Infinite", RegexOptions.IgnoreCase)]
    private static partial Regex Clock();

    [GeneratedRegex("(Manager|Helpers?|Utils?|Utilit(y|ies))$")]
    private static partial Regex EmptyName();
}
