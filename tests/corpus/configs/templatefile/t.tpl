%{ for s in names ~}
${s} x${n}
%{ endfor ~}
end
